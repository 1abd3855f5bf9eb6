package dev.lectern.trainer.family.reppoints;

import dev.lectern.schemas.config.Key;

/** How a RepPoints head learns from ground truth; the part {@code objective} of its run. */
public record RepPointsSettings(
    @Key(defaultsTo = "2", meaning = "exponent of the focal loss") double gamma,
    @Key(defaultsTo = "0.25", meaning = "balance of the focal loss") double alpha,
    @Key(defaultsTo = "1", meaning = "weight of the class loss") double clsWeight,
    @Key(defaultsTo = "0.5", meaning = "weight of the first stage's box loss") double initialWeight,
    @Key(defaultsTo = "1", meaning = "weight of the second stage's box loss") double refinedWeight,
    @Key(
            defaultsTo = "0.11",
            above = 0,
            meaning = "turning point of both, in units of a level's base side")
        double smoothBeta,
    @Key(defaultsTo = "4", above = 0, meaning = "base side of a level's boxes, in strides")
        double baseScale,
    @Key(
            defaultsTo = "4",
            above = 0,
            meaning = "side in strides of an object that belongs to its level")
        double assignScale,
    @Key(defaultsTo = "1", min = 1, meaning = "points that learn an object in the first stage")
        int assignPoints,
    @Key(defaultsTo = "0.5", meaning = "overlap of a first box from which on it learns an object")
        double positiveIou,
    @Key(defaultsTo = "0.4", meaning = "overlap below which it is background") double negativeIou,
    @Key(
            defaultsTo = "0",
            meaning =
                "smallest best overlap of an object with a first box that it then takes anyway")
        double minPositiveIou) {}
