package dev.lectern.producer.augment;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.Key;
import java.util.List;

/**
 * The ranges of one plan that needs no file: flip, crop, multi-scale, brightness, contrast,
 * saturation, hue. A range of one number, e.g. {@code [1, 1]}, turns its operation off.
 */
public record Augmentation(
    @Key(defaultsTo = "0.5", min = 0, max = 1, meaning = "of a horizontal flip")
        double flipProbability,
    @Key(defaultsTo = "0.5", min = 0, max = 1, meaning = "of a random crop") double cropProbability,
    @Key(
            defaultsTo = "[0.5, 1]",
            meaning = "sides of the crop, each a fraction of the image's, 0.05 to 1")
        Range crop,
    @Key(
            defaultsTo = "[0.75, 1.5]",
            meaning =
                "factor on top of the plain resize, 0.05 to 20; above 1 only a part of the image is"
                    + " on the canvas, below 1 there is padding")
        Range scale,
    @Key(defaultsTo = "[0.8, 1.2]", meaning = "factor on all channels, 0 to 10") Range brightness,
    @Key(defaultsTo = "[0.8, 1.2]", meaning = "factor on the distance from mid grey, 0 to 10")
        Range contrast,
    @Key(
            defaultsTo = "[0.7, 1.3]",
            meaning = "factor on the distance from grey of the same luma, 0 to 10")
        Range saturation,
    @Key(defaultsTo = "[-10, 10]", meaning = "turn of the chroma plane, degrees, -180 to 180")
        Range hue,
    @Key(
            defaultsTo = "0.3",
            min = 0,
            max = 1,
            meaning =
                "a box of which less than this fraction of its area stays on the canvas is left out")
        double minVisible,
    @Key(
            defaultsTo = "2",
            min = 0,
            meaning = "a box with a side shorter than this many canvas pixels is left out")
        double minSide) {
  public Augmentation {
    crop.within("augment.crop", 0.05, 1);
    scale.within("augment.scale", 0.05, 20);
    brightness.within("augment.brightness", 0, 10);
    contrast.within("augment.contrast", 0, 10);
    saturation.within("augment.saturation", 0, 10);
    hue.within("augment.hue", -180, 180);
  }

  /** The default ranges. */
  public static Augmentation standard() {
    return ConfigLoader.of("", Augmentation.class);
  }

  /** The plan with these ranges: the same numbers, so the same views. */
  public AugmentPlan asPlan() {
    return new AugmentPlan(
        null,
        null,
        minVisible,
        minSide,
        List.of(
            new Moves.FlipHorizontal(flipProbability),
            new Moves.Crop(cropProbability, crop),
            new Moves.MultiScale(scale),
            new Colors.Brightness(1, brightness),
            new Colors.Contrast(1, contrast),
            new Colors.Saturation(1, saturation),
            new Colors.Hue(1, hue)));
  }
}
