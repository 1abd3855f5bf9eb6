package dev.lectern.watch;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import java.util.Map;

/**
 * A training run. As JSON, position, losses and accuracy are fields of the run itself.
 *
 * @param id the same when the run is resumed
 * @param name of its folder
 * @param recordings what it learns from
 * @param student the network
 * @param device cpu or cuda:N
 * @param presence of the process that trains
 * @param position how far it is
 * @param batchSize views per step
 * @param imagesPerSecond of wall time; measuring the student and writing checkpoints are in it
 * @param dataWaitShare share of time that steps wait for data, 0 to 1
 * @param stages what its replay does, on other threads: log, store, decode
 * @param learningRate of the newest step
 * @param etaSeconds of training that are left; null if unknown
 * @param losses present and past
 * @param accuracy present and past
 */
public record RunView(
    String id,
    String name,
    List<String> recordings,
    String student,
    String device,
    @JsonUnwrapped Presence presence,
    @JsonUnwrapped Position position,
    int batchSize,
    double imagesPerSecond,
    double dataWaitShare,
    Map<String, Stage> stages,
    double learningRate,
    Double etaSeconds,
    @JsonUnwrapped Losses losses,
    @JsonUnwrapped Accuracy accuracy) {

  /**
   * How far a run is.
   *
   * @param epochs to do
   * @param epoch epochs done
   * @param step steps done of the present epoch
   * @param stepsOfEpoch 0 between epochs
   * @param globalStep steps done in all
   * @param progress share of the epochs that is done, 0 to 1
   */
  public record Position(
      int epochs, int epoch, int step, int stepsOfEpoch, long globalStep, double progress) {}

  /**
   * What a run minimises.
   *
   * @param loss mean over the newest steps; null before the first
   * @param losses its parts by name
   * @param curve the whole course, at most 200 points
   */
  public record Losses(Double loss, Map<String, Double> losses, Curve curve) {}

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
   * How good its student is.
   *
   * @param evaluations oldest first
   * @param ap the newest average precision, 0 to 1; null before the first measurement
   */
  public record Accuracy(List<Evaluation> evaluations, Double ap) {}

  /**
   * A measurement.
   *
   * @param epoch epochs done
   * @param ap COCO AP, 0 to 1, or -1 where there is no ground truth; so are the others
   */
  public record Evaluation(int epoch, long step, double ap, double ap50, double ap75) {}
}
