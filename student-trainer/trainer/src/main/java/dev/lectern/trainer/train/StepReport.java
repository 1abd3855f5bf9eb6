package dev.lectern.trainer.train;

import java.util.Map;

/**
 * What one training step was like.
 *
 * @param epoch number of its epoch
 * @param globalStep its number in the run, from 1
 * @param losses each loss by name, weights applied
 * @param total their sum
 * @param learningRate the rate it used
 * @param gradientNorm joint norm of the gradients before clipping
 * @param images views in its batch
 * @param unlabelled of them, views of images that nobody annotated
 * @param pseudoLabels objects that the student's own losses learned from a teacher
 * @param doubted views that taught nothing from a teacher, since agreement or confidence was low
 * @param seconds wall time, waiting included
 * @param waitSeconds of it, waiting for data
 */
public record StepReport(
    int epoch,
    long globalStep,
    Map<String, Float> losses,
    double total,
    double learningRate,
    double gradientNorm,
    int images,
    int unlabelled,
    int pseudoLabels,
    int doubted,
    double seconds,
    double waitSeconds) {

  /** Views per second of wall time. */
  public double imagesPerSecond() {
    return images / seconds;
  }

  /** The share of wall time spent waiting for data, 0 to 1. */
  public double waitShare() {
    return waitSeconds / seconds;
  }
}
