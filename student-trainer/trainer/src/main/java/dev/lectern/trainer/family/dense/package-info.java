/**
 * What families with one prediction per prior have in common: targets, rows, and what losses see.
 */
package dev.lectern.trainer.family.dense;
