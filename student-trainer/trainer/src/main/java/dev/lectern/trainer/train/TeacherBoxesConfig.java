package dev.lectern.trainer.train;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.Key;

/**
 * What follows from the boxes that a teacher finds, decoded from its recorded outputs: of a run's
 * recordings the first with boxes. Views that nobody annotated have them in place of objects.
 */
public record TeacherBoxesConfig(
    @Key(
            defaultsTo = "0.3",
            min = 0.01,
            max = 0.99,
            meaning =
                "a box counts from this score on. On views that nobody annotated such boxes stand"
                    + " for objects wherever a loss from a teacher asks for a region")
        double score,
    @Key(
            shownDefault = "none",
            min = 0.01,
            max = 0.99,
            meaning =
                "pseudo labels: boxes from this score on are labels of the student's own losses, on"
                    + " views that nobody annotated, and there alone stand for objects")
        Double pseudoLabels,
    @Key(
            defaultsTo = "0",
            min = 0,
            max = 1,
            meaning =
                "an annotated view teaches nothing from a teacher if its boxes agree less with the"
                    + " ground truth: matched pairs over all objects of either")
        double minAgreement,
    @Key(
            defaultsTo = "0",
            min = 0,
            max = 1,
            meaning =
                "a view teaches nothing from a teacher if the mean score of its boxes is lower; 0"
                    + " without boxes")
        double minConfidence,
    @Key(
            defaultsTo = "none",
            meaning =
                "what weighs the losses from teachers by view: agreement (of views without"
                    + " annotations confidence), or confidence")
        Weight weight) {
  /** What a view's distillation is weighed by. */
  public enum Weight {
    NONE,
    AGREEMENT,
    CONFIDENCE
  }

  /** Every default. */
  public static final TeacherBoxesConfig DEFAULT = ConfigLoader.of("", TeacherBoxesConfig.class);

  /** Whether annotated views are looked at too. */
  boolean filters() {
    return minAgreement > 0 || minConfidence > 0 || weight != Weight.NONE;
  }

  /** The smallest score of a box that stands for an object on a view that nobody annotated. */
  double scoreOfObjects() {
    return pseudoLabels == null ? score : pseudoLabels;
  }
}
