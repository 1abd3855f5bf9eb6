package dev.lectern.detector.box;

/**
 * One detected object.
 *
 * @param label class index, 0-based
 * @param score probability of that class
 * @param x1 left, pixels of the network input
 * @param y1 top
 * @param x2 right
 * @param y2 bottom
 */
public record Detection(int label, float score, float x1, float y1, float x2, float y2) {}
