/**
 * How students of each family of detectors learn from ground truth: one folder per family with its
 * targets and its own losses; {@link dev.lectern.trainer.family.TrainedFamilies} lists those that
 * runs can train. Nothing outside names one.
 */
package dev.lectern.trainer.family;
