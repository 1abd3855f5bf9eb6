package dev.lectern.trainer.train;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.State;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures the student every few epochs and at the end. */
public final class PeriodicEvaluation implements TrainingListener {
  private static final Logger LOG = LoggerFactory.getLogger(PeriodicEvaluation.class);

  private final EvaluationConfig config;
  private int lastEpoch = -1;
  private EvaluationReport last;
  private boolean lacksViews;

  public PeriodicEvaluation(EvaluationConfig config) {
    this.config = config;
  }

  /** Says at once if there is nothing to measure with, not after the first epoch. */
  @Override
  public void started(Trainer trainer) {
    DatasetManifest dataset = trainer.replay().dataset();
    lacksViews = lacksViews(config, dataset);
    if (lacksViews) {
      LOG.warn(
          "the student is not measured: dataset '{}' has no view of split '{}' (evaluation.split);"
              + " it has {}",
          dataset.getName(),
          config.split(),
          new TreeSet<>(dataset.getSplits().keySet()));
    }
  }

  /** Whether it is known that there is nothing to measure with. */
  static boolean lacksViews(EvaluationConfig config, DatasetManifest dataset) {
    return !config.isOff()
        && dataset.getState() == State.SEALED
        && !dataset.getSplits().isEmpty()
        && !dataset.getSplits().containsKey(config.split());
  }

  @Override
  public void epochEnded(Trainer trainer) {
    int epochs = trainer.position().epoch();
    if (config.everyEpochs() > 0 && epochs % config.everyEpochs() == 0) {
      evaluate(trainer);
    }
  }

  @Override
  public void ended(Trainer trainer) {
    if (trainer.isDone() && lastEpoch != trainer.position().epoch()) {
      evaluate(trainer);
    }
  }

  private void evaluate(Trainer trainer) {
    if (config.isOff() || lacksViews) {
      return;
    }
    try {
      last = trainer.evaluate();
      lastEpoch = trainer.position().epoch();
    } catch (StoppedWaitingException e) {
      LOG.info("the student is not measured: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the student was measured", e);
    }
  }

  /** The last measurement, or null if there was none. */
  public EvaluationReport last() {
    return last;
  }
}
