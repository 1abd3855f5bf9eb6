package dev.lectern.trainer.train;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures the student every few epochs and at the end, on each of the run's splits. */
public final class PeriodicEvaluation implements TrainingListener {
  private static final Logger LOG = LoggerFactory.getLogger(PeriodicEvaluation.class);

  private final EvaluationConfig config;
  private EvaluationReport last;
  private final List<String> splits = new ArrayList<>();

  /** Splits on which the student is not measured yet as it is after the last epoch so far. */
  private final Deque<String> missing = new ArrayDeque<>();

  private boolean isCutShort;

  public PeriodicEvaluation(EvaluationConfig config) {
    this.config = config;
  }

  /** Says at once if there is nothing to measure with, not after the first epoch. */
  @Override
  public void started(Trainer trainer) {
    DatasetManifest dataset = trainer.replay().dataset();
    splits.clear();
    for (String split : config.splits()) {
      if (lacksViews(split, dataset)) {
        LOG.warn(
            "the student is not measured: dataset '{}' has no view of split '{}' ({}); it has {}",
            dataset.getName(),
            split,
            split.equals(config.split()) ? "evaluation.split" : "evaluation.further-splits",
            new TreeSet<>(dataset.getSplits().keySet()));
      } else {
        splits.add(split);
      }
    }
    missing.addAll(splits);
  }

  /** Whether it is known that there is nothing to measure with. */
  static boolean lacksViews(String split, DatasetManifest dataset) {
    return dataset.getState() == State.SEALED
        && !dataset.getSplits().isEmpty()
        && !dataset.getSplits().containsKey(split);
  }

  @Override
  public void epochEnded(Trainer trainer) {
    int epochs = trainer.position().epoch();
    missing.clear();
    missing.addAll(splits);
    if (config.everyEpochs() > 0 && epochs % config.everyEpochs() == 0) {
      evaluate(trainer);
    }
  }

  @Override
  public void ended(Trainer trainer) {
    if (trainer.isDone() && !isCutShort) {
      evaluate(trainer);
    }
  }

  private void evaluate(Trainer trainer) {
    isCutShort = true;
    try {
      while (!missing.isEmpty()) {
        EvaluationReport report = trainer.evaluate(missing.element());
        if (missing.remove().equals(config.split())) {
          last = report;
        }
      }
      isCutShort = false;
    } catch (StoppedWaitingException e) {
      LOG.info("the student is not measured: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the student was measured", e);
    }
  }

  /** Whether the student is measured on every split as it is after the last epoch so far. */
  boolean isWhole() {
    return missing.isEmpty();
  }

  /** The last measurement on the run's own split, or null if there was none. */
  public EvaluationReport last() {
    return last;
  }
}
