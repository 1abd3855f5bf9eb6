package dev.lectern.trainer.family.gfl;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.family.dense.OverlapLoss;

/** How a GFL head learns from ground truth; the part {@code objective} of its run. */
public record GflSettings(
    @Key(defaultsTo = "2", meaning = "exponent of the quality focal loss") double beta,
    @Key(defaultsTo = "1", meaning = "weight of the quality focal loss") double clsWeight,
    @Key(defaultsTo = "2", meaning = "weight of the box loss") double giouWeight,
    @Key(defaultsTo = "0.25", meaning = "weight of the distribution focal loss; 0 switches it off")
        double dflWeight,
    @Key(defaultsTo = "9", min = 1, meaning = "candidates per object and level in ATSS")
        int assignTopk,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Key(
            shownDefault = "giou",
            meaning = "the box loss: minus the logarithm of the IoU, or 1 - that form of it")
        OverlapLoss boxLoss) {
  /** As published (arXiv:2006.04388). */
  public static final GflSettings PUBLISHED = ConfigLoader.of("", GflSettings.class);

  /** The box loss. A run of a version that had no other one stays the same run. */
  OverlapLoss overlapLoss() {
    return boxLoss == null ? OverlapLoss.GIOU : boxLoss;
  }
}
