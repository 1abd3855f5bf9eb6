/** Faster R-CNN. */
package dev.lectern.detector.family.fasterrcnn;
