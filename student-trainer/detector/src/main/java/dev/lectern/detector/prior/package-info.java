/**
 * Priors: the fixed points and anchors that a detector's predictions are relative to, in plain
 * Java.
 *
 * <p>A position index runs over all levels: level-major (fine to coarse), then row-major over h, w.
 * Coordinates are pixels of the network input.
 */
package dev.lectern.detector.prior;
