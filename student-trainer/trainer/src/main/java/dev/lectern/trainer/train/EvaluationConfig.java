package dev.lectern.trainer.train;

import static dev.lectern.trainer.train.Settings.orElse;
import static dev.lectern.trainer.train.Settings.require;

import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.trainer.eval.Coordinates;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * How a student is measured; the part {@code evaluation} of a run's YAML.
 *
 * @param split which split; {@code none} for no evaluation [val]
 * @param furtherSplits measured beside it, such as test [none]
 * @param everyEpochs epochs between evaluations; 0 for the end only [1]
 * @param coordinates frame in which boxes are compared [source]
 * @param scoreThreshold detections score more than this [0.05]
 * @param nmsIou overlap above which the weaker of two detections of a class goes [0.6]
 * @param candidatesPerLevel kept per level before suppression [1000]
 * @param detections kept per image [100]
 */
public record EvaluationConfig(
    String split,
    List<String> furtherSplits,
    Integer everyEpochs,
    Coordinates coordinates,
    Double scoreThreshold,
    Double nmsIou,
    Integer candidatesPerLevel,
    Integer detections) {

  public EvaluationConfig {
    split = orElse(split, "val");
    furtherSplits = furtherSplits == null ? List.of() : List.copyOf(furtherSplits);
    everyEpochs = orElse(everyEpochs, 1);
    coordinates = orElse(coordinates, Coordinates.SOURCE);
    scoreThreshold = orElse(scoreThreshold, 0.05);
    nmsIou = orElse(nmsIou, 0.6);
    candidatesPerLevel = orElse(candidatesPerLevel, 1000);
    detections = orElse(detections, 100);
    require(
        !furtherSplits.contains(split)
            && new HashSet<>(furtherSplits).size() == furtherSplits.size(),
        "evaluation.further-splits",
        furtherSplits,
        "other splits than " + split + ", each once");
    require(everyEpochs >= 0, "evaluation.every-epochs", everyEpochs, "0 or more");
    require(nmsIou >= 0 && nmsIou <= 1, "evaluation.nms-iou", nmsIou, "0 to 1");
    new DetectionDecoder.Limits(scoreThreshold, nmsIou, candidatesPerLevel, detections);
  }

  /** Every default. */
  public static EvaluationConfig defaults() {
    return new EvaluationConfig(null, null, null, null, null, null, null, null);
  }

  /** Every split that is measured, the run's own first; none where evaluation is off. */
  List<String> splits() {
    if (isOff()) {
      return List.of();
    }
    List<String> splits = new ArrayList<>(List.of(split));
    splits.addAll(furtherSplits);
    return splits;
  }

  boolean isOff() {
    return split.equals("none");
  }

  DetectionDecoder.Limits limits() {
    return new DetectionDecoder.Limits(scoreThreshold, nmsIou, candidatesPerLevel, detections);
  }
}
