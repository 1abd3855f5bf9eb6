/** Detection metrics: COCO average precision and recall as pycocotools computes them. */
package dev.lectern.trainer.eval;
