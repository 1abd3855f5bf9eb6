package dev.lectern.demo.figures;

import dev.lectern.schemas.log.Index;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a recording came about.
 *
 * @param views recorded
 * @param perWorker views by worker
 * @param seconds from the first receipt to the last
 * @param bytesPerKind payload bytes by kind
 * @param digest of its content
 */
public record RecordingFigures(
    long views,
    SortedMap<String, Long> perWorker,
    double seconds,
    Map<String, Long> bytesPerKind,
    String digest) {

  /** Reads the index of a sealed recording. */
  public static RecordingFigures read(Map<String, ?> kafka, RecordingManifest manifest) {
    return of(manifest, Index.read(kafka, manifest).values());
  }

  static RecordingFigures of(RecordingManifest manifest, Collection<IndexEntry> entries) {
    SortedMap<String, Long> perWorker = new TreeMap<>();
    List<Long> times = entries.stream().map(e -> e.getReceipt().getRecordedAt()).sorted().toList();
    entries.forEach(e -> perWorker.merge(e.getReceipt().getWorker(), 1L, Long::sum));
    double seconds = times.isEmpty() ? 0 : (times.get(times.size() - 1) - times.get(0)) / 1000.0;
    return new RecordingFigures(
        manifest.getRecorded(),
        perWorker,
        seconds,
        new TreeMap<>(manifest.getBytesPerKind()),
        manifest.getDigest());
  }

  /** Views recorded per second while the workers were at it; 0 where that took no time. */
  public double viewsPerSecond() {
    return seconds == 0 ? 0 : views / seconds;
  }

  /** Payload bytes of a view, all kinds together. */
  public double bytesPerView() {
    return views == 0
        ? 0
        : bytesPerKind.values().stream().mapToLong(Long::longValue).sum() / (double) views;
  }
}
