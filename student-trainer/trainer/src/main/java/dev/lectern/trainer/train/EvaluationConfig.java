package dev.lectern.trainer.train;

import static dev.lectern.trainer.train.Settings.require;

import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.eval.Coordinates;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** How a student is measured; the part {@code evaluation} of a run's YAML. */
public record EvaluationConfig(
    @Key(
            defaultsTo = "val",
            meaning =
                "whose plain views are measured; none for no evaluation. If the dataset has no such"
                    + " views, the run logs that and trains without evaluation")
        String split,
    @Key(
            defaultsTo = "[]",
            shownDefault = "none",
            meaning = "measured beside it, e.g. [test]; metrics.jsonl has a line for each")
        List<String> furtherSplits,
    @Key(defaultsTo = "1", min = 0, meaning = "epochs between evaluations; 0 for the end only")
        int everyEpochs,
    @Key(
            defaultsTo = "source",
            meaning =
                "frame in which boxes are compared with the annotations: source, to which they are"
                    + " mapped back, or canvas")
        Coordinates coordinates,
    @Key(defaultsTo = "0.05", meaning = "detections score more than this") double scoreThreshold,
    @Key(
            defaultsTo = "0.6",
            min = 0,
            max = 1,
            meaning = "overlap above which the weaker of two detections of a class goes")
        double nmsIou,
    @Key(defaultsTo = "1000", meaning = "kept per level before suppression") int candidatesPerLevel,
    @Key(defaultsTo = "100", meaning = "kept per image") int detections) {

  public EvaluationConfig {
    furtherSplits = List.copyOf(furtherSplits);
    require(
        !furtherSplits.contains(split)
            && new HashSet<>(furtherSplits).size() == furtherSplits.size(),
        "evaluation.further-splits",
        furtherSplits,
        "other splits than " + split + ", each once");
    new DetectionDecoder.Limits(scoreThreshold, nmsIou, candidatesPerLevel, detections);
  }

  /** Every split that is measured, the run's own first; none where evaluation is off. */
  public List<String> splits() {
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
