package dev.lectern.experiment;

import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;

/**
 * A finished training of a row.
 *
 * @param row name of the row
 * @param seed of the training
 * @param history what it measured
 * @param student SHA-256 of its weights in hex: equal for an equal run on the same kind of machine
 */
record RowRun(String row, long seed, TrainingHistory history, String student) {
  /** Reads a training that is done. */
  static RowRun read(String row, long seed, Training training) throws IOException {
    MessageDigest digest = Sha256.start();
    try (InputStream in = new DigestInputStream(Files.newInputStream(training.student()), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return new RowRun(row, seed, TrainingHistory.read(training.metrics()), Sha256.hex(digest));
  }

  /** A figure after the last epoch; not-a-number where it was not measured then. */
  double last(String split, ExperimentPlan.Figure figure) {
    return measured(split, figure, one -> one.step() == lastStep())
        .reduce((first, second) -> second)
        .orElse(Double.NaN);
  }

  private long lastStep() {
    List<TrainingHistory.Step> steps = history.steps();
    return steps.isEmpty() ? 0 : steps.get(steps.size() - 1).number();
  }

  /** The best of a figure over the epochs that were measured; one was chosen after the fact. */
  double best(String split, ExperimentPlan.Figure figure) {
    return measured(split, figure, one -> true).max().orElse(Double.NaN);
  }

  /** By epoch; COCO's -1, where a split has no objects, is no figure. */
  private DoubleStream measured(
      String split, ExperimentPlan.Figure figure, Predicate<TrainingHistory.Measurement> chosen) {
    return history.on(split).stream()
        .filter(chosen)
        .mapToDouble(one -> one.metrics().getOrDefault(figure.key(), -1.0))
        .filter(value -> value >= 0);
  }

  long steps() {
    return history.steps().size();
  }
}
