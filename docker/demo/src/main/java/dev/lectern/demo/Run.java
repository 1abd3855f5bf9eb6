package dev.lectern.demo;

import dev.lectern.demo.figures.TrainingCourse;
import java.nio.file.Path;

/**
 * A finished training of the demo.
 *
 * @param course what its metrics say
 * @param student its weights
 */
public record Run(Variant variant, int seed, TrainingCourse course, Path student) {}
