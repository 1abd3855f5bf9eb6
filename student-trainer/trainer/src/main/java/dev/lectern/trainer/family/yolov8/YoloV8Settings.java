package dev.lectern.trainer.family.yolov8;

import dev.lectern.schemas.config.Key;

/** How a YOLOv8 head learns from ground truth; the part {@code objective} of its run. */
public record YoloV8Settings(
    @Key(defaultsTo = "7.5", meaning = "weight of the box loss") double boxWeight,
    @Key(defaultsTo = "0.5", meaning = "weight of the class loss") double clsWeight,
    @Key(defaultsTo = "1.5", meaning = "weight of the distribution focal loss") double dflWeight,
    @Key(defaultsTo = "10", min = 1, meaning = "points per object in task-aligned assignment")
        int assignTopk,
    @Key(defaultsTo = "0.5", meaning = "exponent of the score there") double alpha,
    @Key(defaultsTo = "6", meaning = "exponent of the overlap there") double beta) {}
