package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.AttentionTransferLoss;
import dev.lectern.trainer.loss.Variant;

/** Attention transfer. */
@JsonTypeName("attention_transfer")
@About(
    title = "where a map is active, whatever its channels",
    paper = "Zagoruyko and Komodakis 2017, arXiv:1612.03928, section 3.1",
    formula = "weight * mean over N, HW of (A_s - A_t)^2, A = mean_c x^2 with L2 norm 1",
    note = "paper: sum_c |x| and the L2 distance; the default weight is ours, for official")
public record AttentionTransfer(
    @Key(defaultsTo = "1000", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(meaning = Method.VARIANT) Variant variant,
    @JsonUnwrapped FeatureLevels features,
    @JsonUnwrapped Shared shared)
    implements Method {
  @Override
  public Levels levels() {
    return features.levels();
  }

  @Override
  public Needs needs() {
    return Needs.features();
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    return features
        .any(pairing, layers)
        .compare((s, t) -> AttentionTransferLoss.loss(s, t, variant));
  }
}
