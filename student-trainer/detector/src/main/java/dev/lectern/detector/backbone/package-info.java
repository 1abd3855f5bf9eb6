/** Backbones: networks that turn an image into maps of rising stride. */
package dev.lectern.detector.backbone;
