package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.FeatureImitationLoss;
import dev.lectern.trainer.loss.FineGrainedImitationLoss;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.FineGrainedCells;
import dev.lectern.trainer.target.FineGrainedCells.Form;

/** Fine-grained imitation. */
@JsonTypeName("fine_grained")
@About(
    title = "fine-grained imitation as first published, and its FPN port",
    paper = "Wang et al. 2019, arXiv:1906.03609, eq. 1 and 2",
    formula = "weight / (2 cells) * sum over chosen cells and channels of (t - adapted s)^2",
    note =
        "adapted: 3x3 convolution and ReLU, learned with the run. own_level: each box on the"
            + " level of its size, and a mean over channels; every_level: as published for a"
            + " single map, overlaps counted in whole pixels. The region of"
            + " arXiv:2102.12252 is imitation with region fine_grained")
public record FineGrained(
    @Key(defaultsTo = "0.01", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(meaning = "which boxes a level looks at") Form boxes,
    @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
    @JsonUnwrapped Shared shared)
    implements Method {
  @Override
  public TermNeeds needs() {
    return TermNeeds.features(new FineGrainedCells(boxes));
  }

  @Override
  public DistillationTerm term(TermSite site) {
    return Regressor.term(Regressor.ofFineGrained(levels.of(site), site), this::loss);
  }

  private NDArray loss(int level, NDArray map, TermStep step) {
    boolean[] cells = step.targets().part(new FineGrainedCells(boxes))[level];
    NDArray teacher = step.teacherFeatures(level);
    return boxes == Form.EVERY_LEVEL
        ? FineGrainedImitationLoss.loss(map, teacher, cells)
        : FeatureImitationLoss.loss(map, teacher, cells).mul(Constants.of(map, 0.5));
  }
}
