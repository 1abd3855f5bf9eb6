package dev.lectern.trainer.family.segmentation;

import dev.lectern.schemas.config.Key;

/** The part {@code objective} of a run that trains a segmentation network. */
public record SegmentationSettings(
    @Key(
            defaultsTo = "0.4",
            min = 0,
            meaning =
                "factor of the auxiliary head's cross entropy (arXiv:1612.01105, section 3.3); 0 for"
                    + " none")
        double auxiliaryWeight) {}
