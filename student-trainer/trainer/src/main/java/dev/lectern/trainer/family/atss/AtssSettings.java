package dev.lectern.trainer.family.atss;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.family.dense.OverlapLoss;

/** How an ATSS head learns from ground truth; the part {@code objective} of its run. */
public record AtssSettings(
    @Key(defaultsTo = "2", meaning = "exponent of the focal loss") double gamma,
    @Key(defaultsTo = "0.25", meaning = "balance of the focal loss") double alpha,
    @Key(defaultsTo = "1", meaning = "weight of the class loss") double clsWeight,
    @Key(defaultsTo = "2", meaning = "weight of the box loss") double giouWeight,
    @Key(defaultsTo = "1", meaning = "weight of the centerness loss") double centernessWeight,
    @Key(defaultsTo = "9", min = 1, meaning = "candidates per object and level in ATSS")
        int assignTopk,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Key(
            shownDefault = "giou",
            meaning = "the box loss: minus the logarithm of the IoU, or 1 - that form of it")
        OverlapLoss boxLoss) {
  /** The box loss. A run of a version that had no other one stays the same run. */
  OverlapLoss overlapLoss() {
    return boxLoss == null ? OverlapLoss.GIOU : boxLoss;
  }
}
