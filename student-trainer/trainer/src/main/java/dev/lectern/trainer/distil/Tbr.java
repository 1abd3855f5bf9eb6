package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.loss.TeacherBoundedRegressionLoss;
import dev.lectern.trainer.loss.TeacherBoundedRegressionLoss.Distance;
import dev.lectern.trainer.view.PositiveBoxes;

/**
 * Teacher-bounded regression: boxes of positives that are not clearly nearer to the truth than the
 * teacher's go on learning.
 */
@JsonTypeName("tbr")
@About(
    title = "teacher-bounded regression of the boxes of the positives",
    paper = "Chen et al. 2017 (NIPS), eq. 4, as taken up in arXiv:2102.12252",
    formula = "weight * mean over positives of [d(s, truth) + margin > d(t, truth)] (1 - GIoU)",
    strength = "as published: mean over positives",
    note = "d compares boxes in strides; added to the detector's own box loss")
public record Tbr(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(defaultsTo = "0.1", min = 0, meaning = "in strides, as d") double margin,
    @Key(meaning = "d: Euclidean distance, or its square") Distance norm,
    @Key(meaning = "what the sum is divided by") Normaliser normaliser,
    @JsonUnwrapped Shared shared)
    implements Method {
  /** What a sum over positives is divided by. */
  public enum Normaliser {
    POSITIVES,
    IMAGES,
    NONE
  }

  @Override
  public Needs needs() {
    return Needs.logitsIn(RegionPart.MAIN, TensorKind.BOX_LOGITS).orOfInstances();
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    return given -> {
      Step step = given.ofRows();
      return step.positives()
          .map(
              positives ->
                  new Addends(
                      positives.giouLoss().mul(gate(positives, step)), 1.0 / divisor(step)));
    };
  }

  private NDArray gate(PositiveBoxes positives, Step step) {
    return TeacherBoundedRegressionLoss.gate(
        positives.boxes(),
        step.boxes().teacher(step.targets().positives().rows()),
        positives.truth(),
        norm,
        margin);
  }

  private int divisor(Step step) {
    return switch (normaliser) {
      case POSITIVES -> step.targets().positives().count();
      case IMAGES -> step.targets().rows().images();
      case NONE -> 1;
    };
  }
}
