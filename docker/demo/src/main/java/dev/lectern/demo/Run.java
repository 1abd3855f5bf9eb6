package dev.lectern.demo;

import dev.lectern.experiment.TrainingHistory;
import java.nio.file.Path;

/**
 * A finished training of the demo.
 *
 * @param history what its metrics recorded
 * @param student its weights
 */
public record Run(Variant variant, int seed, TrainingHistory history, Path student) {}
