package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.AttentionTransferLoss;
import dev.lectern.trainer.loss.Constants;

/** Attention transfer. */
@JsonTypeName("attention_transfer")
@About(
    title = "where a map is active, whatever its channels",
    paper = "Zagoruyko and Komodakis 2017, arXiv:1612.03928, section 3.1",
    formula = "weight * mean over N, HW of (A_s - A_t)^2, A = mean_c x^2 with L2 norm 1",
    strength = "sum over cells / 256, mean over levels x 3",
    note = "paper: sum_c |x| and the L2 distance; the default weight is ours")
public record AttentionTransfer(
    @Key(defaultsTo = "50", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(meaning = Method.VARIANT) Reading variant,
    @JsonUnwrapped FeatureLevels features,
    @JsonUnwrapped Shared shared)
    implements OnFeatures {
  /** Maps of the publication's classifiers. */
  private static final int PUBLISHED_LEVELS = 3;

  /** Cells of the middle one of these maps. */
  private static final double PUBLISHED_CELLS = 256;

  @Override
  public Term term(Pairing pairing, Layers layers) {
    return features.any(pairing, layers).compare(this::loss, variant, PUBLISHED_LEVELS);
  }

  private NDArray loss(NDArray student, NDArray teacher) {
    NDArray loss = AttentionTransferLoss.loss(student, teacher, variant.formula());
    double cells = Math.min(MapSize.cells(student), MapSize.cells(teacher));
    return variant == Reading.NORMALISED
        ? Constants.times(loss, cells / PUBLISHED_CELLS) // its squares add up to 2 at most
        : loss;
  }
}
