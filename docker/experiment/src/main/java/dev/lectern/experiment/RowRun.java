package dev.lectern.experiment;

import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.security.MessageDigest;

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

  /** A figure after the last epoch. */
  double last(String split, ExperimentPlan.Figure figure) {
    var measured = history.on(split);
    return measured.isEmpty()
        ? Double.NaN
        : measured.get(measured.size() - 1).metrics().getOrDefault(figure.key(), Double.NaN);
  }

  /** The best of a figure over the epochs that were measured; one was chosen after the fact. */
  double best(String split, ExperimentPlan.Figure figure) {
    return history.on(split).stream()
        .mapToDouble(one -> one.metrics().getOrDefault(figure.key(), Double.NaN))
        .max()
        .orElse(Double.NaN);
  }

  long steps() {
    return history.steps().size();
  }
}
