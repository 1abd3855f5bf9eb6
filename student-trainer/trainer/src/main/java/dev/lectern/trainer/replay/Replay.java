package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import java.util.List;

/** Recordings of one dataset, or a dataset without any, as a training run reads them. */
public interface Replay extends AutoCloseable {
  /**
   * What each recording holds, as last read; in the order of {@link ReplayBatch#teachers}; none of
   * a dataset alone.
   */
  List<RecordingManifest> recordings();

  /** What their dataset holds, with the student's classes. */
  DatasetManifest dataset();

  /** Whether the recordings can still grow; then a plan depends on when it was made. */
  boolean isOpen();

  /**
   * The order of an epoch. While the recordings are open it covers what is recorded at the time of
   * the call, and waits for at least one batch.
   *
   * @throws InterruptedException if the waiting thread is interrupted
   */
  EpochPlan plan(int epoch) throws InterruptedException;

  /**
   * Lets a thread that waits in {@link #plan} return with what there is; from any thread. Does
   * nothing where plans never wait.
   */
  default void stopWaiting() {}

  /** Starts decoding the steps of an epoch, from one of them on. */
  Batches batches(EpochPlan plan, int firstStep);

  /** The plain views (number 0) of a split, by view id, without teacher outputs. */
  Batches evaluation(String split);

  /** What its threads have spent their time on; from any thread. */
  default ReplayTimes times() {
    return ReplayTimes.NONE;
  }

  @Override
  void close();
}
