package dev.lectern.schemas.log;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.CorruptRecordException;
import dev.lectern.schemas.serde.Sha256;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.LabelPixels;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Reads views where the catalog says they lie, each compared with its entry: id and SHA-256 of the
 * pixels. One thread at a time.
 */
public final class ViewReader implements AutoCloseable {
  private final TopicReader<String, View> reader;

  /** Takes what is found, partition by partition in log order. */
  public interface Handler {
    void view(CatalogEntry entry, View view);

    /**
     * A view that cannot be had.
     *
     * @param at {@code topic-partition@offset}
     * @param why what was found there
     */
    void failed(CatalogEntry entry, String at, String why);

    /** A record that no entry names, not decoded yet; the default leaves it so. */
    default void unclaimed(LogRecord<String, View> record) {}

    /** What no entry names and cannot be read; the default says nothing of it. */
    default void unclaimed(String at, String why) {}
  }

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param dataset its name
   */
  public ViewReader(Map<String, ?> client, String dataset) {
    this.reader = TopicReader.sequential(client, Topics.views(dataset));
  }

  /** Reads views of a catalog, each partition once from the first to the last of them. */
  public void scan(Collection<CatalogEntry> entries, Handler handler) {
    SortedMap<Integer, Long> begins = reader.beginningOffsets();
    SortedMap<Integer, Long> ends = reader.endOffsets();
    wanted(entries)
        .forEach(
            (partition, views) ->
                scan(
                    partition,
                    Math.max(views.firstKey(), begins.getOrDefault(partition, Long.MAX_VALUE)),
                    Math.min(views.lastKey() + 1, ends.getOrDefault(partition, 0L)),
                    views,
                    handler));
  }

  /** As {@link #scan}, but from the first record of the topic to its present end. */
  public void scanTopic(Collection<CatalogEntry> entries, Handler handler) {
    SortedMap<Integer, SortedMap<Long, CatalogEntry>> wanted = wanted(entries);
    SortedMap<Integer, Long> begins = reader.beginningOffsets();
    SortedMap<Integer, Long> ends = reader.endOffsets();
    begins.keySet().forEach(partition -> wanted.computeIfAbsent(partition, p -> new TreeMap<>()));
    wanted.forEach(
        (partition, views) ->
            scan(
                partition,
                begins.getOrDefault(partition, 0L),
                ends.getOrDefault(partition, 0L),
                views,
                handler));
  }

  private static SortedMap<Integer, SortedMap<Long, CatalogEntry>> wanted(
      Collection<CatalogEntry> entries) {
    return entries.stream()
        .collect(
            Collectors.groupingBy(
                CatalogEntry::getPartition,
                TreeMap::new,
                Collectors.toMap(
                    CatalogEntry::getOffset, view -> view, (a, b) -> a, TreeMap::new)));
  }

  private void scan(
      int partition, long from, long to, SortedMap<Long, CatalogEntry> views, Handler handler) {
    reader.read(
        partition,
        from,
        to,
        record -> {
          CatalogEntry entry = views.remove(record.offset());
          if (entry == null) {
            handler.unclaimed(record);
          } else {
            take(record, entry, handler);
          }
        },
        (offset, why) -> {
          String at = reader.coordinates(partition, offset);
          CatalogEntry entry = views.remove(offset);
          if (entry == null) {
            handler.unclaimed(at, why);
          } else {
            handler.failed(entry, at, why);
          }
        });
    views.forEach(
        (offset, entry) ->
            handler.failed(entry, reader.coordinates(partition, offset), "no view is there"));
  }

  private static void take(LogRecord<String, View> record, CatalogEntry entry, Handler handler) {
    View view;
    try {
      view = record.value();
    } catch (CorruptRecordException e) {
      handler.failed(entry, record.coordinates(), e.getCause().getMessage());
      return;
    }
    if (view == null || !view.getViewId().equals(entry.getViewId())) {
      String found = view == null ? "nothing" : "view " + view.getViewId();
      handler.failed(entry, record.coordinates(), "found " + found);
    } else if (!Sha256.of(view.getPixels()).equals(entry.getPixelsSha256())) {
      handler.failed(entry, record.coordinates(), "pixels differ from the catalog's digest");
    } else if (!LabelPixels.sha256(view.getLabelMap()).equals(entry.getLabelMapSha256())) {
      handler.failed(entry, record.coordinates(), "label map differs from the catalog's digest");
    } else {
      handler.view(entry, view);
    }
  }

  @Override
  public void close() {
    reader.close();
  }
}
