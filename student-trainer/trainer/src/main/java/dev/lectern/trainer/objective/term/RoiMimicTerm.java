package dev.lectern.trainer.objective.term;

import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.loss.RoiMimicLoss;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LevelAdapter;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.objective.term.RoiFeatures.Pooled;
import java.util.List;
import java.util.function.Function;

/** Mimicking the features of proposals, all images' together. */
public final class RoiMimicTerm implements DistillationTerm {
  private final AdaptedLevels student;
  private final Function<TermStep, List<float[]>> proposals;
  private final RoiFeatures pooling;

  /**
   * @param adapters one for each level of the student
   * @param proposals of each image, (P, 4) xyxy pixels
   * @param roiSize bins per side
   * @param sampling samples per bin and axis
   */
  public RoiMimicTerm(
      TermSite.Geometry geometry,
      List<LevelAdapter> adapters,
      Function<TermStep, List<float[]>> proposals,
      int roiSize,
      int sampling) {
    this.student = new AdaptedLevels(adapters);
    this.proposals = proposals;
    this.pooling = new RoiFeatures(geometry.strides(), roiSize, sampling);
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    List<float[]> boxes = proposals.apply(step);
    if (boxes.stream().allMatch(own -> own.length == 0)) {
      return;
    }
    Pooled pooled = pooling.pool(level -> student.of(level, step), step::teacherFeatures, boxes);
    sum.addWhole(RoiMimicLoss.loss(pooled.student(), pooled.teacher()), step.levels());
  }

  @Override
  public List<Parameter> learned() {
    return student.learned();
  }
}
