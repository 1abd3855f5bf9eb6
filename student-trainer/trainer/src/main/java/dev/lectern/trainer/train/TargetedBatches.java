package dev.lectern.trainer.train;

import dev.lectern.detector.pixel.LabelMap;
import dev.lectern.detector.region.LabelledObjects;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.LabelPixels;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.ReplayBatch;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Batches with their targets, which follow from ground truth and priors alone: a thread of its own
 * makes those of the next step while the present one is computed. What comes out does not depend on
 * when it was made. One thread at a time.
 */
final class TargetedBatches implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TargetedBatches.class);

  private final Batches batches;
  private final TrainedFamily family;
  private final TeacherBoxes teacher;
  private final DataWait wait;
  private final RunState run;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread made = new Thread(work, "lectern-targets");
            made.setDaemon(true);
            return made;
          });
  private Future<Targeted> coming;

  /**
   * A batch and what the student's head learns from its ground truth.
   *
   * @param weights of each view's distillation
   * @param pseudoLabels objects of the targets that are a teacher's
   */
  record Targeted(ReplayBatch batch, BatchTargets targets, float[] weights, int pseudoLabels)
      implements AutoCloseable {
    /** Views that teach nothing from a teacher. */
    int doubted() {
      int doubted = 0;
      for (float weight : weights) {
        doubted += weight == 0 ? 1 : 0;
      }
      return doubted;
    }

    @Override
    public void close() {
      batch.close();
    }
  }

  /**
   * @param batches closed with this
   * @param teacher looks at views that nobody annotated, and at others where a run asks for it
   * @param wait receives the time that {@link #next} takes
   * @param run whose stop ends waiting
   */
  TargetedBatches(
      Batches batches, TrainedFamily family, TeacherBoxes teacher, DataWait wait, RunState run) {
    this.teacher = teacher;
    this.batches = batches;
    this.family = family;
    this.wait = wait;
    this.run = run;
    this.coming = thread.submit(this::make);
  }

  private Targeted make() throws InterruptedException {
    ReplayBatch batch = batches.next();
    if (batch == null) {
      return null;
    }
    try {
      List<GroundTruth> truth =
          batch.views().stream()
              .map(family.learnsPixels() ? TargetedBatches::pixels : TargetedBatches::truth)
              .toList();
      TeacherBoxes.Found found = teacher.look(batch, truth);
      return new Targeted(
          batch, family.targets(found.truth()), found.weights(), found.pseudoLabels());
    } catch (RuntimeException e) {
      batch.close();
      throw e;
    }
  }

  /** The objects and the classes of pixels; the latter are not known of an unlabelled view. */
  static GroundTruth pixels(View view) {
    GroundTruth objects = truth(view);
    return new GroundTruth(
        objects.boxes(),
        objects.labels(),
        objects.valid(),
        objects.labelled(),
        LabelPixels.has(view)
            ? new LabelMap(view.getWidth(), view.getHeight(), LabelPixels.decode(view))
            : null);
  }

  /** The objects that can be positives. */
  static GroundTruth truth(View view) {
    LabelledObjects objects = LabelledObjects.of(view);
    return new GroundTruth(
        objects.boxes(),
        objects.labels(),
        new GroundTruth.Extent(view.getValidHeight(), view.getValidWidth()),
        view.getLabelled());
  }

  /**
   * The next batch; the caller closes it.
   *
   * @return null at the end
   * @throws StoppedWaitingException if the run is stopping and no batch comes
   * @throws InterruptedException if the waiting thread is interrupted
   */
  Targeted next() throws InterruptedException {
    wait.begin();
    try {
      Targeted next = run.await(coming);
      if (next != null) {
        coming = thread.submit(this::make);
      }
      return next;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("a batch could not be made", e.getCause());
    } finally {
      wait.end();
    }
  }

  /** Waits for what is being made, unless it is stuck, and gives it back. */
  @Override
  public void close() {
    thread.shutdownNow();
    Closing.within(Closing.SHORT, this::giveBack);
  }

  private void giveBack() {
    try {
      if (thread.awaitTermination(1, TimeUnit.MINUTES) && coming.isDone()) {
        Targeted made = coming.get();
        if (made != null) {
          made.close();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      LOG.debug("the batch that was being made is not needed any more", e.getCause());
    }
    batches.close();
  }
}
