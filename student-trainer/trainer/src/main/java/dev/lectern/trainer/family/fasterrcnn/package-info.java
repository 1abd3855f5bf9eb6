/** Targets and losses of Faster R-CNN. */
package dev.lectern.trainer.family.fasterrcnn;
