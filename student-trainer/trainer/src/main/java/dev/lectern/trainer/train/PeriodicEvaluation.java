package dev.lectern.trainer.train;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures the student every few epochs and at the end. */
public final class PeriodicEvaluation implements TrainingListener {
  private static final Logger LOG = LoggerFactory.getLogger(PeriodicEvaluation.class);

  private final EvaluationConfig config;
  private int lastEpoch = -1;
  private EvaluationReport last;

  public PeriodicEvaluation(EvaluationConfig config) {
    this.config = config;
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
    if (config.isOff()) {
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
