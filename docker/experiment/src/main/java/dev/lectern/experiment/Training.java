package dev.lectern.experiment;

import java.nio.file.Path;

/**
 * One training of an experiment.
 *
 * @param name of its process and log
 * @param config file of {@code lectern train}
 * @param out folder of the run
 * @param epochs that it takes
 */
public record Training(String name, Path config, Path out, int epochs) {
  /** The trained student; there once the training is done. */
  public Path student() {
    return out.resolve("student.safetensors");
  }

  /** What the training measured. */
  public Path metrics() {
    return out.resolve("metrics.jsonl");
  }
}
