package dev.lectern.trainer.target;

/**
 * What a head with class scores and box distributions learns from one batch, and where it is
 * distilled.
 *
 * @param rows the row order that all indices refer to
 * @param positives the main region: positions with an object, weights 1
 * @param samples what the class loss is divided by: the sum over images of max(1, positives), as in
 *     the public code, so that an image without objects counts as one
 * @param labels (P) class of each positive
 * @param boxes (P, 4) its box, xyxy in strides of its level
 * @param centres (P, 2) its prior's centre in strides
 * @param distances (P, 4) distances l, t, r, b of the box from the centre in strides, clamped to
 *     the support of the distribution
 * @param valuable the valuable localization region; empty when no loss needs it
 * @param imitation (N * R) rows whose features are imitated; empty when no loss needs them
 */
public record GflTargets(
    BatchRows rows,
    RowRegion positives,
    int samples,
    int[] labels,
    float[] boxes,
    float[] centres,
    float[] distances,
    RowRegion valuable,
    boolean[] imitation) {}
