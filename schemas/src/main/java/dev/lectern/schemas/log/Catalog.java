package dev.lectern.schemas.log;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.topic.Topics;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The committed views of a dataset. */
public final class Catalog {
  private Catalog() {}

  /**
   * Reads a catalog to its present end.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @return by view id; empty if there is none
   */
  public static SortedMap<String, CatalogEntry> read(Map<String, ?> client, String dataset) {
    SortedMap<String, CatalogEntry> views = new TreeMap<>();
    try (TopicTail<String, CatalogEntry> tail = new TopicTail<>(client, Topics.catalog(dataset))) {
      tail.readToEnd(
          record -> {
            if (record.value() == null) {
              views.remove(record.key());
            } else {
              views.put(record.key(), record.value());
            }
          });
    }
    return views;
  }
}
