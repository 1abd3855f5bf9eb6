package dev.lectern.schemas.log;

import dev.lectern.schemas.record.TensorKind;
import java.util.List;

/**
 * What re-reading a recording found.
 *
 * @param recording its name
 * @param views views of the index that were checked
 * @param payloads payloads that were read back and match
 * @param payloadBytes their size
 * @param pixels views whose pixels were read back and match
 * @param digest of what is recorded now, hex
 * @param failures everything that does not match; empty if the recording is sound
 * @param notes what readers pass over: records that do not decode, or that lie after the end of a
 *     sealed index or catalog; and settings of topics under which the broker deletes what is there
 */
public record Verification(
    String recording,
    long views,
    long payloads,
    long payloadBytes,
    long pixels,
    String digest,
    List<Failure> failures,
    List<String> notes) {

  /** One thing that does not match. */
  public record Failure(
      /** Null when it concerns the recording as a whole. */
      String viewId,
      /** Null when it concerns no single payload. */
      TensorKind kind,
      /** {@code topic-partition@offset} of the first chunk or the view; null when nowhere. */
      String at,
      /** What was found, what was expected. */
      String what) {}

  /** Whether every payload reads back and matches, and the manifest says what is there. */
  public boolean isSound() {
    return failures.isEmpty();
  }
}
