package dev.lectern.trainer.replay;

/**
 * Time that the threads of a replay have spent on views so far, summed over the threads.
 *
 * @param logSeconds for what Kafka had to send, waiting for each other included: one reads at a
 *     time
 * @param storeSeconds for what the store had
 * @param decodeSeconds turning bytes into the arrays of batches
 */
public record ReplayTimes(double logSeconds, double storeSeconds, double decodeSeconds) {
  /** Of a replay that does not tell. */
  public static final ReplayTimes NONE = new ReplayTimes(0, 0, 0);
}
