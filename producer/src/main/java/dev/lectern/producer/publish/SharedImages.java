package dev.lectern.producer.publish;

import dev.lectern.producer.augment.Picture;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.PendingProblems;
import dev.lectern.producer.dataset.SourceImage;
import dev.lectern.producer.dataset.UnusableImageException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.opencv.core.Mat;

/**
 * Decoded images that several views show: each is decoded once and kept while there is room.
 *
 * <p>Images in use stay, whatever the limit; of the others the least recently used go first. An
 * image that went is decoded again. Safe for use by several threads.
 */
final class SharedImages implements AutoCloseable {
  private final List<AnnotatedImage> images;
  private final long maxImagePixels;
  private final long capacity;
  private final ProducerMeters meters;
  private final LinkedHashMap<Integer, Entry> entries = new LinkedHashMap<>(64, 0.75f, true);
  private long used;

  /**
   * An image in memory.
   *
   * @param picture null if it is unusable
   * @param pixels (height, width, 3) bytes, blue first; null if it is unusable
   * @param labels (height, width) classes of pixels; null where only boxes are annotated
   * @param failure null if it is usable
   * @param problems found while it was opened and decoded
   */
  record Decoded(
      Picture picture,
      Mat pixels,
      Mat labels,
      UnusableImageException failure,
      PendingProblems problems) {
    long bytes() {
      long bytes = pixels == null ? 0 : pixels.total() * pixels.elemSize();
      return bytes + (labels == null ? 0 : labels.total());
    }

    void release() {
      pixels.release();
      if (labels != null) {
        labels.release();
      }
    }
  }

  private static final class Entry {
    final CompletableFuture<Decoded> image = new CompletableFuture<>();
    int users;
    long bytes;
  }

  /**
   * @param capacity bytes of decoded pixels that are kept
   */
  SharedImages(
      List<AnnotatedImage> images, long maxImagePixels, long capacity, ProducerMeters meters) {
    this.images = images;
    this.maxImagePixels = maxImagePixels;
    this.capacity = capacity;
    this.meters = meters;
  }

  /** An image, decoded; it stays until it is given back. */
  Decoded take(int index) {
    Entry entry;
    boolean mine;
    synchronized (this) {
      entry = entries.get(index);
      mine = entry == null;
      if (mine) {
        entry = new Entry();
        entries.put(index, entry);
      }
      entry.users++;
    }
    if (mine) {
      decode(index, entry);
    }
    return entry.image.join();
  }

  void give(int index) {
    synchronized (this) {
      entries.get(index).users--;
      trim();
    }
  }

  private void decode(int index, Entry entry) {
    try {
      Decoded decoded = decode(images.get(index));
      synchronized (this) {
        entry.bytes = decoded.bytes();
        used += entry.bytes;
        trim();
      }
      entry.image.complete(decoded);
    } catch (RuntimeException | Error e) {
      entry.image.completeExceptionally(e);
    }
  }

  private Decoded decode(AnnotatedImage annotated) {
    PendingProblems problems = new PendingProblems();
    try {
      SourceImage source =
          ProducerMeters.time(
              meters.open, () -> SourceImage.open(annotated, maxImagePixels, problems));
      Mat labels = source.labels();
      Mat pixels = ProducerMeters.time(meters.decode, source::pixels);
      return new Decoded(picture(annotated, source), pixels, labels, null, problems);
    } catch (UnusableImageException e) {
      return new Decoded(null, null, null, e, problems);
    }
  }

  static Picture picture(AnnotatedImage annotated, SourceImage source) {
    return new Picture(annotated.imageId(), source.width(), source.height(), source.boxes());
  }

  /** Forgets images that nobody uses until the others are within the limit. */
  private void trim() {
    Iterator<Map.Entry<Integer, Entry>> oldest = entries.entrySet().iterator();
    while (used > capacity && oldest.hasNext()) {
      Entry entry = oldest.next().getValue();
      if (entry.users == 0 && entry.bytes > 0) {
        used -= entry.bytes;
        entry.image.join().release();
        oldest.remove();
      }
    }
  }

  /** Nobody uses any of them now. */
  @Override
  public synchronized void close() {
    for (Entry entry : entries.values()) {
      if (entry.bytes > 0) {
        entry.image.join().release();
      }
    }
    entries.clear();
  }
}
