/** How segmentation networks learn: a class for each pixel, and an auxiliary head beside. */
package dev.lectern.trainer.family.segmentation;
