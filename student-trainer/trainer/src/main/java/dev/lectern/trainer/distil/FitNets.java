package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.FeatureSquaredLoss;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.TermSite;

/** Hints. */
@JsonTypeName("fitnets")
@About(
    title = "hints: imitation of whole neck maps",
    paper = "Romero et al. 2015, arXiv:1412.6550, eq. 3",
    formula = "weight * mean over all elements of (s - t)^2, summed over levels",
    note =
        "paper: half the sum over elements, mean over images. The published regressor ends in"
            + " a ReLU, which suits features that are not negative; it replaces the adapter")
public record FitNets(
    @Key(defaultsTo = "2", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(meaning = Method.VARIANT) Variant variant,
    @Key(
            meaning =
                "learned layers on the student: none but the adapter, or 1x1 convolution,"
                    + " normalisation by the batch, ReLU")
        Layers regressor,
    @JsonUnwrapped FeatureLevels features,
    @JsonUnwrapped Shared shared)
    implements Method {
  /** What stands between the student's features and the teacher's. */
  public enum Layers {
    NONE,
    CONV_BN_RELU
  }

  @Override
  public Levels levels() {
    return features.levels();
  }

  @Override
  public boolean needsEqualChannels() {
    return features.isUnadapted();
  }

  @Override
  public TermNeeds needs() {
    return TermNeeds.features();
  }

  @Override
  public DistillationTerm term(TermSite site) {
    MapLoss loss =
        variant == Variant.PAPER ? FeatureSquaredLoss::halfPerImage : FeatureSquaredLoss::mean;
    return regressor == Layers.NONE
        ? features.equal(site).term(loss)
        : Regressor.term(
            Regressor.ofHints(features.levels().of(site), site),
            (level, map, step) -> loss.of(map, step.teacherFeatures(level)));
  }
}
