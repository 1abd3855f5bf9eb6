package dev.lectern.trainer.replay;

/** Batches in their order, decoded ahead. One thread at a time. */
public interface Batches extends AutoCloseable {
  /**
   * The next batch; the caller closes it.
   *
   * @return null at the end
   * @throws InterruptedException if the waiting thread is interrupted
   */
  ReplayBatch next() throws InterruptedException;

  @Override
  void close();
}
