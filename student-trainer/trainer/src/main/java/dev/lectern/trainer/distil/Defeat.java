package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.assign.ForegroundCells;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.DecoupledFeatureLoss;

/**
 * Decoupled features: cells of objects and of background imitated with weights of their own. The
 * official form averages over levels, the paper form (as compared with localization distillation)
 * sums.
 */
@JsonTypeName("defeat")
@About(
    title = "decoupled features: objects and background apart",
    paper = "Guo et al. 2021, arXiv:2103.14475, eq. 2 and 3",
    formula = "weight * mean over levels of (w_fg sum_fg (s-t)^2 / (2 C n_fg) + w_bg likewise)",
    strength = "as published: mean over cells, channels and levels",
    note =
        "paper: the form that arXiv:2102.12252 compares, w_fg mean_fg + w_bg mean_bg, levels"
            + " summed; published there with weight 2, w_fg 1, w_bg 2. Its part on the second"
            + " stage's classes is defeat_head. Published with a"
            + " decay: schedule {decay: linear}; and with adapter conv3x3")
public record Defeat(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(
            choices = {"official", "paper"},
            meaning = Method.VARIANT)
        Reading variant,
    @Key(defaultsTo = "3", min = 0, meaning = "w_fg") double foregroundWeight,
    @Key(defaultsTo = "12", min = 0, meaning = "w_bg") double backgroundWeight,
    @JsonUnwrapped FeatureLevels features,
    @JsonUnwrapped Shared shared)
    implements OnFeatures.Equal {
  private static final ForegroundCells CELLS = new ForegroundCells();

  @Override
  public Needs needs() {
    return Needs.features(CELLS);
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    AdaptedLevels student = features.equal(pairing, layers);
    // the paper form has no half
    double factor = variant == Reading.OFFICIAL ? 1.0 / student.levels().size() : 2;
    Term sum = student.sum(this::loss);
    return step -> sum.addends(step).map(a -> new Addends(a.values(), factor));
  }

  private NDArray loss(int level, NDArray map, Step step) {
    DecoupledFeatureLoss.Parts parts =
        DecoupledFeatureLoss.features(
            map, step.features().teacher(level), step.targets().part(CELLS)[level]);
    return parts
        .foreground()
        .mul(Constants.of(map, foregroundWeight))
        .add(parts.background().mul(Constants.of(map, backgroundWeight)));
  }
}
