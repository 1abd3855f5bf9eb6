package dev.lectern.producer.publish;

import dev.lectern.schemas.log.DatasetDigest;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.State;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** What a dataset holds while it is being published. Safe for use by several threads. */
final class Tally {
  private final ConcurrentSkipListMap<String, byte[]> digests = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> splits = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> unlabelled = new ConcurrentSkipListMap<>();
  private final Set<String> before;
  private final LongAdder images = new LongAdder();
  private final LongAdder objects = new LongAdder();
  private final LongAdder skipped = new LongAdder();
  private final LongAdder published = new LongAdder();
  private final LongAdder publishedBytes = new LongAdder();

  /**
   * @param committed what earlier runs left
   */
  Tally(SortedMap<String, CatalogEntry> committed) {
    before = Set.copyOf(committed.keySet());
    committed.values().forEach(this::add);
  }

  /** Whether an earlier run committed this view. */
  boolean has(String viewId) {
    return before.contains(viewId);
  }

  /** A view of this run is committed. */
  void committed(CatalogEntry entry) {
    add(entry);
    published.increment();
    publishedBytes.add(entry.getPixelBytes());
  }

  /**
   * An image was dealt with.
   *
   * @param viewsPerImage of its split
   * @param split its split
   * @param annotated whether somebody annotated it
   * @return how many of its views this run does not publish
   */
  long dealtWith(ViewMaker.Outcome outcome, int viewsPerImage, String split, boolean annotated) {
    if (!outcome.usable()) {
      return viewsPerImage;
    }
    images.increment();
    if (!annotated) {
      unlabelled.computeIfAbsent(split, any -> new LongAdder()).increment();
    }
    objects.add(outcome.objects());
    skipped.add(outcome.skipped());
    return outcome.skipped();
  }

  long views() {
    return digests.size();
  }

  long images() {
    return images.sum();
  }

  long objects() {
    return objects.sum();
  }

  Map<String, Long> splits() {
    return counts(splits);
  }

  /** Images that nobody annotated, by split. */
  Map<String, Long> unlabelled() {
    return counts(unlabelled);
  }

  private static Map<String, Long> counts(Map<String, LongAdder> bySplit) {
    Map<String, Long> counts = new TreeMap<>();
    bySplit.forEach((split, count) -> counts.put(split, count.sum()));
    return counts;
  }

  String digest() {
    return DatasetDigest.of(digests);
  }

  PublishResult result(State state, Map<String, Long> problems) {
    return new PublishResult(
        state,
        images(),
        views(),
        objects(),
        published.sum(),
        skipped.sum(),
        publishedBytes.sum(),
        splits(),
        problems,
        state == State.SEALED ? digest() : "");
  }

  private void add(CatalogEntry entry) {
    ByteBuffer pixels = entry.getPixelsSha256().duplicate();
    ByteBuffer labelMap = entry.getLabelMapSha256().duplicate();
    byte[] sha256 = new byte[pixels.remaining() + labelMap.remaining()];
    ByteBuffer.wrap(sha256).put(pixels).put(labelMap);
    if (digests.put(entry.getViewId(), sha256) == null) {
      splits.computeIfAbsent(entry.getSplit(), split -> new LongAdder()).increment();
    }
  }
}
