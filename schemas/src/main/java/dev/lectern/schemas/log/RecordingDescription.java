package dev.lectern.schemas.log;

import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A recording as people and scripts want to see it; plain values only, so that it maps to JSON as
 * it is.
 *
 * @param name of the recording
 * @param state OPEN or SEALED
 * @param dataset its name
 * @param teacherId name, {@code @}, digest
 * @param expected views of the dataset
 * @param recorded views with a valid receipt
 * @param deadLettered views given up
 * @param bytes of all payloads
 * @param bytesPerKind payload bytes per kind name
 * @param digest of the logical content, hex; empty while OPEN
 * @param encodings kind name to values, positions, filter and compression
 * @param teacher what a reader must know of it
 * @param endOffsets {@code topic-partition} to the offset after the last record; empty while OPEN
 * @param createdAt ISO 8601, UTC
 * @param sealedAt ISO 8601, UTC; null while OPEN
 * @param deadLetters some of the views given up, and why
 */
public record RecordingDescription(
    String name,
    String state,
    String dataset,
    String teacherId,
    long expected,
    long recorded,
    long deadLettered,
    long bytes,
    SortedMap<String, Long> bytesPerKind,
    String digest,
    SortedMap<String, String> encodings,
    Teacher teacher,
    SortedMap<String, Long> endOffsets,
    String createdAt,
    String sealedAt,
    List<LostView> deadLetters) {

  /**
   * Summary of a descriptor.
   *
   * @param input width x height, pixels
   * @param family preset that describes its head; empty if none
   * @param bins per box side; 0 if its boxes are not distributions
   * @param strides per level, fine to coarse, pixels
   * @param featureChannels per level; 0 where none is recorded
   * @param classes number of classes
   * @param conversionLosses what its export does not hold, or what converting it lost
   */
  public record Teacher(
      String name,
      String input,
      String family,
      int bins,
      double gridOffset,
      List<Integer> strides,
      List<Integer> featureChannels,
      int classes,
      List<String> conversionLosses) {}

  /**
   * A view that was given up.
   *
   * @param at {@code topic-partition@offset} of the view
   * @param cause one line
   */
  public record LostView(String viewId, String at, String cause, int attempts, String worker) {}

  /**
   * Describes a recording: a sealed one by its manifest, an open one by what its catalog, index and
   * dead letters hold at this moment.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param maxDeadLetters how many to list at most; a sealed recording's are read only if more than
   *     0
   */
  public static RecordingDescription of(
      Map<String, ?> client, RecordingManifest manifest, int maxDeadLetters) {
    boolean sealed = manifest.getState() == State.SEALED;
    RecordingContents contents =
        sealed && (maxDeadLetters == 0 || manifest.getDeadLettered() == 0)
            ? null
            : contents(client, manifest);
    SortedMap<String, Long> bytes =
        sealed ? new TreeMap<>(manifest.getBytesPerKind()) : contents.bytesPerKind();
    SortedMap<String, String> encodings = new TreeMap<>();
    for (KindEncoding e : manifest.getEncodings()) {
      encodings.put(e.getKind().name(), EncodingText.of(e));
    }
    return new RecordingDescription(
        manifest.getName(),
        manifest.getState().name(),
        manifest.getDataset(),
        manifest.getTeacherId(),
        sealed ? manifest.getExpected() : contents.views().size(),
        sealed ? manifest.getRecorded() : contents.index().size(),
        sealed ? manifest.getDeadLettered() : contents.deadLetters().size(),
        bytes.values().stream().mapToLong(Long::longValue).sum(),
        bytes,
        manifest.getDigest(),
        encodings,
        teacher(manifest.getDescriptor()),
        new TreeMap<>(manifest.getEndOffsets()),
        Instant.ofEpochMilli(manifest.getCreatedAt()).toString(),
        sealed ? Instant.ofEpochMilli(manifest.getSealedAt()).toString() : null,
        contents == null
            ? List.of()
            : contents.deadLetters().entrySet().stream()
                .limit(maxDeadLetters)
                .map(e -> lost(e.getKey(), e.getValue()))
                .toList());
  }

  private static RecordingContents contents(Map<String, ?> client, RecordingManifest manifest) {
    try (ManifestStore manifests = new ManifestStore(client)) {
      return RecordingContents.read(
          client, manifest, manifests.requireDataset(manifest.getDataset()));
    }
  }

  private static Teacher teacher(TeacherDescriptor d) {
    return new Teacher(
        d.getName(),
        d.getInputWidth() + "x" + d.getInputHeight(),
        d.getFamily(),
        TensorLayout.bins(d),
        d.getPriors().getGridOffset(),
        TensorLayout.strides(d),
        TensorLayout.featureChannels(d),
        d.getClassNames().size(),
        List.copyOf(d.getConversionLosses()));
  }

  private static LostView lost(String viewId, DeadLetter letter) {
    return new LostView(
        viewId,
        letter.getTopic() + "-" + letter.getPartition() + "@" + letter.getOffset(),
        letter.getCause(),
        letter.getAttempts(),
        letter.getWorker());
  }
}
