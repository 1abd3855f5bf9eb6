package dev.lectern.watch;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.Map;

/**
 * A teacher worker. As JSON, presence, totals and waits are fields of the worker itself.
 *
 * @param device cpu, cuda or cuda:N
 * @param presence of its process
 * @param batchSize views per inference call
 * @param viewsPerBatch how full batches are; 0 while unknown
 * @param totals since its start
 * @param viewsPerSecond recorded
 * @param bytesPerSecond of payloads
 * @param inferenceViewsPerSecond what it would record if its teacher never stood still; 0 while
 *     unknown
 * @param waits why its teacher stands still
 * @param stages decode, batch, inference, encode, publish
 */
public record WorkerView(
    String worker,
    String recording,
    String dataset,
    String device,
    @JsonUnwrapped Presence presence,
    int batchSize,
    double viewsPerBatch,
    @JsonUnwrapped Totals totals,
    double viewsPerSecond,
    double bytesPerSecond,
    double inferenceViewsPerSecond,
    @JsonUnwrapped Waits waits,
    Map<String, Stage> stages) {

  /**
   * What a worker has done.
   *
   * @param views recorded
   * @param redeliveries views that another worker had before
   * @param bytes of payloads
   */
  public record Totals(long views, long deadLetters, long redeliveries, long bytes) {}

  /**
   * Shares of time that the teacher stands still, 0 to 1.
   *
   * @param waitViews because the broker sends no views
   * @param waitDecode until views are decoded
   * @param waitEncode until outputs are encoded
   * @param waitPublish until the broker has acknowledged outputs
   */
  public record Waits(double waitViews, double waitDecode, double waitEncode, double waitPublish) {
    /** For whatever reason. */
    public double sum() {
      return Math.min(1, waitViews + waitDecode + waitEncode + waitPublish);
    }
  }

  boolean isAtWorkOn(String name) {
    return presence.isAtWork() && recording.equals(name);
  }
}
