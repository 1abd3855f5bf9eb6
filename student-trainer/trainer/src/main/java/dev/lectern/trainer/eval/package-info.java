/**
 * Detection metrics: COCO average precision and recall as pycocotools computes them, and Pascal VOC
 * average precision.
 */
package dev.lectern.trainer.eval;
