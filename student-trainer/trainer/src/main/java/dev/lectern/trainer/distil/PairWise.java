package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.PairWiseDistillationLoss;

/** Pair-wise distillation. */
@JsonTypeName("pairwise")
@About(
    title = "cosine similarity of every pair of positions",
    paper = "Liu et al. 2019, arXiv:1903.04197, eq. 2 and 3",
    formula = "weight / (P^2 N) * sum_ij (a_s - a_t)^2, a_ij = cos(f_i, f_j)",
    strength = "mean over pairs, mean over levels",
    note = "official max-pools first; paper compares all positions: (H W)^2 floats")
public record PairWise(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(meaning = Method.VARIANT) Reading variant,
    @Key(
            defaultsTo = "0.5",
            min = 1e-3,
            max = 1,
            meaning = "official: the pool's kernel as a part of the map")
        double poolScale,
    @JsonUnwrapped FeatureLevels features,
    @JsonUnwrapped Shared shared)
    implements OnFeatures {
  @Override
  public Term term(Pairing pairing, Layers layers) {
    return features
        .any(pairing, layers)
        .compare(
            variant == Reading.PAPER
                ? PairWiseDistillationLoss::paper
                : (s, t) -> PairWiseDistillationLoss.official(s, t, poolScale),
            variant,
            1);
  }
}
