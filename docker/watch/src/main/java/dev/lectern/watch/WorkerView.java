package dev.lectern.watch;

import java.util.Map;

/**
 * A teacher worker.
 *
 * @param state {@code working}, {@code draining}, {@code ended}, {@code failed}, or {@code lost}
 *     when it has been silent for much longer than it promised
 * @param cause why it failed; empty otherwise
 * @param device cpu, cuda or cuda:N
 * @param batchSize views per inference call
 * @param viewsPerBatch how full batches are; 0 while unknown
 * @param views recorded since its start
 * @param deadLetters since its start
 * @param redeliveries views that another worker had before
 * @param bytes of payloads since its start
 * @param viewsPerSecond recorded
 * @param bytesPerSecond of payloads
 * @param inferenceViewsPerSecond what it would record if its teacher never stood still; 0 while
 *     unknown
 * @param waitViews share of time that the teacher stands still because the broker sends no views, 0
 *     to 1
 * @param waitDecode the same until views are decoded
 * @param waitEncode the same until outputs are encoded
 * @param waitPublish the same until the broker has acknowledged outputs
 * @param stages decode, batch, inference, encode, publish
 * @param startedAt ISO 8601, UTC
 * @param heardAt ISO 8601, UTC
 */
public record WorkerView(
    String worker,
    String recording,
    String dataset,
    String host,
    String device,
    String state,
    String cause,
    int batchSize,
    double viewsPerBatch,
    long views,
    long deadLetters,
    long redeliveries,
    long bytes,
    double viewsPerSecond,
    double bytesPerSecond,
    double inferenceViewsPerSecond,
    double waitViews,
    double waitDecode,
    double waitEncode,
    double waitPublish,
    Map<String, Stage> stages,
    String startedAt,
    String heardAt) {

  /** Share of time that the teacher stands still, for whatever reason. */
  public double waits() {
    return Math.min(1, waitViews + waitDecode + waitEncode + waitPublish);
  }

  boolean isAtWorkOn(String name) {
    return isAtWork() && recording.equals(name);
  }

  boolean isAtWork() {
    return SenderState.isAtWork(state);
  }
}
