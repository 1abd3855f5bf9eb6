/** The objective of YOLOv8, whose own outputs decide what it learns. */
package dev.lectern.trainer.family.yolov8;
