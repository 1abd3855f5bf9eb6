/** Golden cases of YOLOv8. */
package dev.lectern.golden.family.yolov8;
