/**
 * What losses can ask of a student and a teacher, whatever their heads: rows of class logits, box
 * distributions, predicted boxes, maps of every level.
 */
package dev.lectern.trainer.view;
