/**
 * The distillation methods that a run can name: what each computes, where it comes from, its keys
 * with their defaults, what it needs, and the term that it becomes. One class per family.
 */
package dev.lectern.trainer.catalogue;
