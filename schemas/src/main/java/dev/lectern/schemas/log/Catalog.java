package dev.lectern.schemas.log;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.topic.Topics;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The committed views of a dataset. */
public final class Catalog {
  private Catalog() {}

  /**
   * Reads a catalog: of a sealed dataset exactly what was sealed, whatever lies after its end; of
   * an open one what is committed now.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @return by view id
   * @throws CorruptRecordingException if a sealed catalog has another digest than its manifest
   *     states
   */
  public static SortedMap<String, CatalogEntry> read(
      Map<String, ?> client, DatasetManifest manifest) {
    SortedMap<String, CatalogEntry> views =
        read(client, manifest.getName(), manifest.getEndOffsets(), new PassedOver());
    if (manifest.getState() == State.SEALED) {
      SealCheck.catalog(client, manifest, views);
    }
    return views;
  }

  /**
   * Reads what is committed now to a dataset that is not sealed.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @return by view id; empty if there is none
   */
  public static SortedMap<String, CatalogEntry> readUnsealed(
      Map<String, ?> client, String dataset) {
    return read(client, dataset, Map.of(), new PassedOver());
  }

  static SortedMap<String, CatalogEntry> read(
      Map<String, ?> client, String dataset, Map<String, Long> ends, PassedOver passedOver) {
    SortedMap<String, CatalogEntry> views = new TreeMap<>();
    try (TopicTail<String, CatalogEntry> tail =
        new TopicTail<>(client, Topics.catalog(dataset), ends)) {
      tail.readToEnd(
          record -> {
            String viewId = record.requireKey();
            CatalogEntry view = record.value();
            if (view == null) {
              views.remove(viewId);
            } else {
              views.put(viewId, slim(viewId, view));
            }
          });
      passedOver.addAll(tail.passedOver());
    }
    return views;
  }

  /** The same, with texts that views have in common held once. */
  private static CatalogEntry slim(String viewId, CatalogEntry view) {
    if (viewId.equals(view.getViewId())) {
      view.setViewId(viewId);
    }
    view.setSplit(view.getSplit().intern());
    return view;
  }
}
