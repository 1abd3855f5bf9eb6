/** YOLOv8: a head of its own on every level, class logits and box distributions at points. */
package dev.lectern.detector.family.yolov8;
