package dev.lectern.trainer.eval;

/**
 * One object that a detector claims to see.
 *
 * @param imageId image it was seen in
 * @param categoryId category id of the ground truth, not a label index
 * @param box pixels, in the same frame as the ground truth
 * @param score the higher, the surer; only the order counts
 */
public record Detection(long imageId, long categoryId, Box box, double score) {}
