package dev.lectern.demo.draw;

/**
 * One object of a drawn picture. The box covers the whole outline inside the canvas, also what
 * another object hides.
 *
 * @param shape its class
 * @param x1 left, pixels
 * @param y1 top, pixels
 * @param x2 right, pixels
 * @param y2 bottom, pixels
 */
public record DrawnObject(ShapeClass shape, double x1, double y1, double x2, double y2) {}
