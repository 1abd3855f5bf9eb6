/** The named losses of a batch and their sums. */
package dev.lectern.trainer.objective;
