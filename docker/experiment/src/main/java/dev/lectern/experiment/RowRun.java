package dev.lectern.experiment;

import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.security.MessageDigest;
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

  /** A figure after the last epoch; not-a-number where nothing was measured. */
  double last(String split, ExperimentPlan.Figure figure) {
    double[] measured = measured(split, figure);
    return measured.length == 0 ? Double.NaN : measured[measured.length - 1];
  }

  /** The best of a figure over the epochs that were measured; one was chosen after the fact. */
  double best(String split, ExperimentPlan.Figure figure) {
    return DoubleStream.of(measured(split, figure)).max().orElse(Double.NaN);
  }

  /** By epoch; COCO's -1, where a split has no objects, is no figure. */
  private double[] measured(String split, ExperimentPlan.Figure figure) {
    return history.on(split).stream()
        .mapToDouble(one -> one.metrics().getOrDefault(figure.key(), -1.0))
        .filter(value -> value >= 0)
        .toArray();
  }

  long steps() {
    return history.steps().size();
  }
}
