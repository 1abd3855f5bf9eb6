package dev.lectern.trainer.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segment files of a replay store. Finding is safe for several threads; one at a time writes.
 *
 * <p>Where room is needed, the segment goes that was not used for the longest time, but none that
 * was used since the writing began: an epoch reads everything once, so throwing out what this run
 * reads would only move the misses, and cost the writing.
 */
final class SegmentFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentFiles.class);

  private final Path folder;
  private final StoreSize size;
  private final ConcurrentSkipListMap<Integer, Segment> segments = new ConcurrentSkipListMap<>();
  private volatile long writingSince;
  private Segment last;

  /** The largest number of a file, also of one that is no segment. */
  private int highest;

  SegmentFiles(Path folder, StoreSize size) {
    this.folder = folder;
    this.size = size;
  }

  /** What is done with a segment. */
  interface Action {
    void accept(Segment segment) throws IOException;
  }

  /**
   * Opens what is there.
   *
   * @param fresh whether nothing is known of any segment; else of the last one's end only
   * @param scan finds a segment's records and its end
   */
  void startWriting(boolean fresh, Action scan) throws IOException {
    int[] numbers;
    try (Stream<Path> files = Files.list(folder)) {
      numbers =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.matches("segment-\\d{6}\\.lrep"))
              .mapToInt(name -> Integer.parseInt(name.substring(8, 14)))
              .sorted()
              .toArray();
    }
    for (int i = 0; i < numbers.length; i++) {
      boolean isLast = i == numbers.length - 1;
      highest = numbers[i];
      if (!isLast && !fresh && segments.containsKey(numbers[i])) {
        continue;
      }
      Segment segment = null;
      try {
        segment =
            isLast || fresh
                ? Segment.continueWriting(folder, numbers[i], isLast ? size.segmentBytes() : 0)
                : Segment.read(folder, numbers[i]);
      } catch (CorruptStoreException e) {
        LOG.warn(
            "{}; it is left alone, delete it: what was in it is read from the log again",
            e.getMessage());
      }
      if (segment == null) {
        continue;
      }
      // One that another thread may be reading is left open: it closes itself when nobody does.
      segments.put(numbers[i], segment);
      if (isLast || fresh) {
        scan.accept(segment);
      }
      last = isLast ? segment : null;
    }
    writingSince = System.currentTimeMillis();
  }

  /** Does something with each segment, in the order of their numbers. */
  void forEach(Action action) throws IOException {
    for (Segment segment : segments.values()) {
      action.accept(segment);
    }
  }

  /**
   * The segment of a number.
   *
   * @return null if there is none, for example because it was evicted
   */
  Segment find(int number) {
    Segment known = segments.get(number);
    if (known != null || writingSince != 0) {
      return known;
    }
    synchronized (this) {
      known = segments.get(number);
      if (known == null) {
        try {
          known = Segment.read(folder, number);
          segments.put(number, known);
        } catch (NoSuchFileException e) {
          LOG.debug("segment is gone number={}", number, e);
        } catch (CorruptStoreException e) {
          LOG.debug("segment is damaged number={}", number, e);
        } catch (IOException e) {
          throw new UncheckedIOException(
              "replay store " + folder + ": cannot be read: " + e.getMessage(), e);
        }
      }
      return known;
    }
  }

  /**
   * The segment that the next record goes into.
   *
   * @param evicted receives segments that are deleted for it
   * @return null if the store is full
   */
  Segment forRecord(int keyBytes, int payloadBytes, Action evicted) throws IOException {
    if (last != null && last.hasRoomFor(keyBytes, payloadBytes)) {
      return last;
    }
    long needed = SegmentFormat.FIRST_RECORD + SegmentFormat.recordBytes(keyBytes, payloadBytes);
    long capacity = Math.max(size.segmentBytes(), needed);
    if (capacity > Integer.MAX_VALUE - 8) {
      throw new IOException("a record of " + payloadBytes + " bytes is too large for a segment");
    }
    if (last != null) {
      last.force();
    }
    if (!makeRoom(capacity, evicted)) {
      return null;
    }
    last = Segment.create(folder, highest + 1, capacity);
    highest++;
    segments.put(highest, last);
    return last;
  }

  /** Throws segments out until so many bytes fit; whether they do then. */
  boolean makeRoom(long bytes, Action evicted) throws IOException {
    long held = segments.values().stream().mapToLong(Segment::capacity).sum();
    while (held > size.limit() - bytes) {
      Segment oldest = oldest();
      if (oldest == null) {
        return false;
      }
      held -= oldest.capacity();
      segments.remove(oldest.number());
      oldest.delete();
      evicted.accept(oldest);
      oldest.close();
      LOG.info("segment evicted folder={} number={}", folder, oldest.number());
    }
    return true;
  }

  private Segment oldest() throws IOException {
    Segment oldest = null;
    long used = writingSince;
    for (Segment segment : segments.values()) {
      if (segment != last && !segment.isUsedHere() && segment.lastUsed() < used) {
        oldest = segment;
        used = segment.lastUsed();
      }
    }
    return oldest;
  }

  /** In a process that only reads: lets go of the files that the writing one has deleted. */
  void forgetDeleted() {
    segments.keySet().removeIf(number -> !Files.exists(folder.resolve(Segment.fileName(number))));
  }

  int count() {
    return segments.size();
  }

  void force() throws IOException {
    for (Map.Entry<Integer, Segment> segment : segments.entrySet()) {
      segment.getValue().force();
    }
  }

  @Override
  public void close() throws IOException {
    for (Segment segment : segments.values()) {
      segment.close();
    }
    segments.clear();
  }
}
