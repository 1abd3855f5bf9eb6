package dev.lectern.producer.augment;

/**
 * Which views every image gets.
 *
 * @param size of the canvas
 * @param resize of view 0, and the starting point of the others
 * @param padding grey value where the canvas shows no image
 * @param viewsPerImage at least 1
 * @param seed of views 1 and up
 * @param augment ranges of views 1 and up
 */
public record ViewPlan(
    CanvasSize size,
    ResizeMode resize,
    int padding,
    int viewsPerImage,
    long seed,
    Augmentation augment) {}
