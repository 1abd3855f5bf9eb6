package dev.lectern.watch;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import java.util.SortedMap;

/**
 * A recording and how far it is. As JSON, the counts are fields of the recording itself.
 *
 * @param state {@code open} or {@code sealed}
 * @param teacher the teacher's name without its digest
 * @param ledger {@code working}, {@code draining}, {@code ended}, {@code failed}, {@code lost}, or
 *     {@code none} if no ledger has counted yet; then the counts are 0
 * @param counts of views and receipts
 * @param viewsPerSecond recorded or given up, by the ledger
 * @param etaSeconds until all are; null if unknown
 * @param bytes of all payloads
 * @param bytesPerKind of the payloads by kind: class-scores, box-logits, fpn-features
 * @param workers at work on it
 * @param causes of dead letters, most frequent first, five at most
 * @param createdAt ISO 8601, UTC
 * @param sealedAt ISO 8601, UTC; null while open
 */
public record RecordingView(
    String name,
    String state,
    String dataset,
    String teacher,
    String ledger,
    @JsonUnwrapped Counts counts,
    double viewsPerSecond,
    Double etaSeconds,
    long bytes,
    SortedMap<String, Long> bytesPerKind,
    int workers,
    List<Cause> causes,
    String createdAt,
    String sealedAt) {

  /**
   * How many of what.
   *
   * @param expected views of the dataset
   * @param recorded views with a valid receipt
   * @param deadLettered views given up
   * @param remaining views that are neither
   * @param progress share that is recorded or given up, 0 to 1
   * @param duplicates receipts beyond the first of a view
   * @param rejected receipts that were refused
   */
  public record Counts(
      long expected,
      long recorded,
      long deadLettered,
      long remaining,
      double progress,
      long duplicates,
      long rejected) {}

  /**
   * Why views were given up.
   *
   * @param cause one line; names of views and places in the log are left out
   * @param count of dead letters with it
   * @param example a view, or the place of a record that could not be read
   * @param lastAt ISO 8601, UTC
   */
  public record Cause(String cause, long count, String example, String lastAt) {}
}
