/**
 * Objectives: what a student is trained for, a detector's own losses plus the chosen distillation
 * terms, as named scalars. Knows nothing of the training loop.
 */
package dev.lectern.trainer.objective;
