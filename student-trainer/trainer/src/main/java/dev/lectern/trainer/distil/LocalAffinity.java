package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.LocalAffinityLoss;

/** Local affinity. */
@JsonTypeName("local_affinity")
@About(
    title = "distance of each position from its eight neighbours",
    paper = "Xie et al. 2018, arXiv:1810.12020, section 3.2",
    formula = "weight * mean over positions of (c_s - c_t)^2, c = mean distance to the neighbours",
    strength = "mean over cells, mean over levels x 5",
    note = "mode per_neighbour compares each neighbour; the default weight is ours")
public record LocalAffinity(
    @Key(defaultsTo = "0.0001", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(meaning = "one mean distance per position, or each") LocalAffinityLoss.Mode mode,
    @Key(
            choices = {"normalised", "official"},
            meaning = Method.VARIANT)
        Reading variant,
    @JsonUnwrapped FeatureLevels features,
    @JsonUnwrapped Shared shared)
    implements OnFeatures {
  @Override
  public Term term(Pairing pairing, Layers layers) {
    return features
        .any(pairing, layers)
        .compare((s, t) -> LocalAffinityLoss.loss(s, t, mode), variant, PublishedSetting.LEVELS);
  }
}
