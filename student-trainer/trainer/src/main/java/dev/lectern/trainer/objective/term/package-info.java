/**
 * Distillation terms, one small file per family: each takes from a step what its loss compares and
 * hands it over. The arithmetic is in {@code loss}, regions and masks are in {@code target}.
 */
package dev.lectern.trainer.objective.term;
