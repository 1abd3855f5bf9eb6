/** Classes of pixels: how a segmentation network's logits are read, and how right they are. */
package dev.lectern.detector.pixel;
