package dev.lectern.trainer.eval;

/**
 * One annotated object.
 *
 * @param imageId image it is in
 * @param categoryId its category
 * @param box pixels
 * @param area annotated area in square pixels (COCO: of the segmentation); decides small, medium,
 *     large
 * @param crowd a region of many objects: detections inside it are neither right nor wrong
 */
public record TruthBox(long imageId, long categoryId, Box box, double area, boolean crowd) {}
