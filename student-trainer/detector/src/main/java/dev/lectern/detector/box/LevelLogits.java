package dev.lectern.detector.box;

import dev.lectern.detector.prior.LevelGrid;

/**
 * What a head says about one image on one level.
 *
 * @param grid the level
 * @param cls class logits before the sigmoid, (K, H, W)
 * @param dist box distribution logits, (4 * bins, H, W), edge-major l, t, r, b, then bin
 */
public record LevelLogits(LevelGrid grid, float[] cls, float[] dist) {}
