package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.PearsonFeatureLoss;

/** Features compared by their Pearson correlation. */
@JsonTypeName("pkd")
@About(
    title = "features by Pearson correlation, whatever their scale",
    paper = "Cao et al. 2022, arXiv:2207.02039, eq. 5 to 8",
    formula =
        "weight / 2 * mean (S - T)^2, summed over levels; S, T: mean 0 and deviation 1 per channel"
            + " over the batch",
    strength = "mean over elements, mean over levels x 4",
    note =
        "the published 10 is that of one-stage students, 6 of two-stage ones; published on the four"
            + " finest levels, here on all")
public record Pkd(
    @Key(defaultsTo = "10", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(
            choices = {"normalised", "official"},
            meaning = Method.VARIANT)
        Reading variant,
    @JsonUnwrapped FeatureLevels features,
    @JsonUnwrapped Shared shared)
    implements OnFeatures.Equal {
  @Override
  public Term term(Pairing pairing, Layers layers) {
    return features.equal(pairing, layers).compare(PearsonFeatureLoss::loss, variant, 4);
  }
}
