/**
 * Reading a recording in the order that (seed, epoch) decides: the index, the local replay store,
 * and batches decoded ahead of the training step.
 */
package dev.lectern.trainer.replay;
