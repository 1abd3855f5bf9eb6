/**
 * Box arithmetic in plain Java: overlaps, distance coding, suppression, and decoding of head logits
 * into detections.
 *
 * <p>Several boxes are one float array of four numbers each, xyxy (x1, y1, x2, y2); whether they
 * are pixels or stride units is stated where it matters. Edges are ordered l, t, r, b.
 */
package dev.lectern.detector.box;
