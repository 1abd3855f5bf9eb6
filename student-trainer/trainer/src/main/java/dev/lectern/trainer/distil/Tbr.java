package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.loss.BoxIntegral;
import dev.lectern.trainer.loss.TeacherBoundedRegressionLoss;
import dev.lectern.trainer.loss.TeacherBoundedRegressionLoss.Distance;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.StudentRows;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.DistributionRebinning;
import dev.lectern.trainer.target.RegionPart;
import dev.lectern.trainer.target.RowRegion;

/**
 * Teacher-bounded regression: boxes of positives that are not clearly nearer to the truth than the
 * teacher's go on learning.
 */
@JsonTypeName("tbr")
@About(
    title = "teacher-bounded regression of the boxes of the positives",
    paper = "Chen et al. 2017 (NIPS), eq. 4, as taken up in arXiv:2102.12252",
    formula = "weight * mean over positives of [d(s, truth) + margin > d(t, truth)] (1 - GIoU)",
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
  public TermNeeds needs() {
    return TermNeeds.logitsIn(RegionPart.MAIN, TensorKind.BOX_LOGITS);
  }

  @Override
  public DistillationTerm term(TermSite site) {
    DistributionRebinning rebinning = site.geometry().rebinning();
    return (sum, step) -> {
      RowRegion positives = step.targets().positives();
      if (positives.count() > 0) {
        NDArray teacherBoxes =
            BoxIntegral.boxes(
                BoxIntegral.distances(
                    step.teacher().distAt(positives.rows(), rebinning.teacherBins()),
                    rebinning.teacherBins()),
                rebinning.teacherCentres(step.targets().centres()));
        StudentRows.Main main = step.rows().main();
        NDArray gate =
            TeacherBoundedRegressionLoss.gate(
                main.boxes(), teacherBoxes, main.truth(), norm, margin);
        sum.add(main.misfit().mul(gate), positives.bounds()).times(1.0 / divisor(step));
      }
    };
  }

  private int divisor(TermStep step) {
    return switch (normaliser) {
      case POSITIVES -> step.targets().positives().count();
      case IMAGES -> step.targets().rows().images();
      case NONE -> 1;
    };
  }
}
