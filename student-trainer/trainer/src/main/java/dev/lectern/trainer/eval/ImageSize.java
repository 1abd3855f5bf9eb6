package dev.lectern.trainer.eval;

/**
 * Sides of an image as the annotations state them.
 *
 * @param width pixels
 * @param height pixels
 */
public record ImageSize(double width, double height) {}
