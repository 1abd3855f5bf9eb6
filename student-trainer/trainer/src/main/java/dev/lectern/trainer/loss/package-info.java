/**
 * Losses: static pure functions on tensors, one file per loss, readable against its paper.
 *
 * <p>Shape letters: N images, M selected rows, K classes, C channels, H and W cells, B bins per box
 * edge. Student tensors carry gradient; teacher tensors, weights, targets and masks are constants.
 * New arrays belong to the student tensor's manager. Over an empty set a loss is exactly 0 with
 * zero gradient.
 */
package dev.lectern.trainer.loss;
