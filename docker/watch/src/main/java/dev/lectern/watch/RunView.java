package dev.lectern.watch;

import java.util.List;
import java.util.Map;

/**
 * A training run.
 *
 * @param id the same when the run is resumed
 * @param name of its folder
 * @param recordings what it learns from
 * @param student the network
 * @param device cpu or cuda:N
 * @param state {@code working}, {@code draining}, {@code ended}, {@code failed} or {@code lost}
 * @param cause why it failed; empty otherwise
 * @param epochs to do
 * @param epoch epochs done
 * @param step steps done of the present epoch
 * @param stepsOfEpoch 0 between epochs
 * @param globalStep steps done in all
 * @param progress share of the epochs that is done, 0 to 1
 * @param batchSize views per step
 * @param imagesPerSecond of wall time; measuring the student and writing checkpoints are in it
 * @param dataWaitShare share of time that steps wait for data, 0 to 1
 * @param stages what its replay does, on other threads: log, store, decode
 * @param etaSeconds of training that are left; null if unknown
 * @param loss mean over the newest steps
 * @param losses its parts by name
 * @param curve the whole course, at most 200 points
 * @param evaluations of the student, oldest first
 * @param ap the newest average precision, 0 to 1; null before the first measurement
 * @param startedAt ISO 8601, UTC
 * @param heardAt ISO 8601, UTC
 */
public record RunView(
    String id,
    String name,
    List<String> recordings,
    String student,
    String host,
    String device,
    String state,
    String cause,
    int epochs,
    int epoch,
    int step,
    int stepsOfEpoch,
    long globalStep,
    double progress,
    int batchSize,
    double imagesPerSecond,
    double dataWaitShare,
    Map<String, Stage> stages,
    double learningRate,
    Double etaSeconds,
    Double loss,
    Map<String, Double> losses,
    Curve curve,
    List<Evaluation> evaluations,
    Double ap,
    String startedAt,
    String heardAt) {

  /**
   * Losses by step; each list as long as {@code steps}.
   *
   * @param steps the last step that a point is the mean of
   * @param epochs epochs done, with a fraction
   * @param total sum of the losses
   * @param losses each by name
   */
  public record Curve(
      List<Long> steps,
      List<Double> epochs,
      List<Double> total,
      Map<String, List<Double>> losses) {}

  /**
   * A measurement.
   *
   * @param epoch epochs done
   * @param ap COCO AP, 0 to 1, or -1 where there is no ground truth; so are the others
   */
  public record Evaluation(int epoch, long step, double ap, double ap50, double ap75) {}

  boolean isAtWork() {
    return SenderState.isAtWork(state);
  }
}
