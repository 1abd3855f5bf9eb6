/**
 * The distillation methods that a run can name, one place for each: its settings with defaults,
 * ranges and meanings, what it needs, and the term that hands a step's tensors to its loss. The
 * arithmetic is in {@code loss}, regions and masks are in {@code assign}.
 */
package dev.lectern.trainer.distil;
