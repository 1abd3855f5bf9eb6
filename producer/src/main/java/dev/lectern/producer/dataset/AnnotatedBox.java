package dev.lectern.producer.dataset;

/**
 * One annotated object.
 *
 * @param annotationId unique within the dataset
 * @param label 0-based index into the class names
 * @param crowd a region of many objects, or one that is to be ignored
 * @param x left edge, in the image's {@link BoxUnit}
 * @param y top edge
 * @param width greater than 0
 * @param height greater than 0
 * @param area square pixels as annotated; negative where the format has none: that of the box
 */
public record AnnotatedBox(
    String annotationId,
    int label,
    boolean crowd,
    double x,
    double y,
    double width,
    double height,
    double area) {
  /** Whether both have one class and one place. */
  boolean sameObject(AnnotatedBox other) {
    return label == other.label
        && x == other.x
        && y == other.y
        && width == other.width
        && height == other.height;
  }
}
