package dev.lectern.schemas.log;

import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.topic.Topics;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.apache.kafka.common.utils.Utils;

/**
 * Follows the index of an open recording, view id to entry, as far as it was read; {@link Index}
 * reads a sealed one.
 *
 * <p>The last value of a key wins and a tombstone removes it; {@link #refresh()} brings in what the
 * ledger added. One thread at a time.
 */
public final class IndexReader implements AutoCloseable {
  private final TopicTail<String, IndexEntry> tail;
  private final IndexEntries entries = new IndexEntries();

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param recording its name
   */
  public IndexReader(Map<String, ?> client, String recording) {
    this(client, recording, Map.of());
  }

  IndexReader(Map<String, ?> client, String recording, Map<String, Long> ends) {
    this.tail = new TopicTail<>(client, Topics.index(recording), ends);
  }

  /**
   * Reads to the present end of the index.
   *
   * @return ids of the views whose entry is new, changed or gone; empty if nothing happened or the
   *     ledger has not made the topic yet
   */
  public Set<String> refresh() {
    Set<String> changed = new HashSet<>();
    tail.readToEnd(
        record -> {
          String viewId = record.requireKey();
          boolean differs =
              record.value() == null
                  ? entries.drop(viewId)
                  : entries.replace(viewId, Utils.toArray(record.bytes()));
          if (differs) {
            changed.add(viewId);
          }
        });
    return changed;
  }

  /** What was read so far; a view that changes with {@link #refresh()}. */
  public IndexEntries entries() {
    return entries;
  }

  /** Records that did not decode, so far. */
  public PassedOver passedOver() {
    return tail.passedOver();
  }

  /** For each partition of the index the offset after what was read. */
  public SortedMap<Integer, Long> positions() {
    return tail.positions();
  }

  @Override
  public void close() {
    tail.close();
  }
}
