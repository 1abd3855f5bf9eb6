package dev.lectern.producer.augment;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.List;
import java.util.Objects;

/**
 * The ranges of one plan that needs no file: flip, crop, multi-scale, brightness, contrast,
 * saturation, hue.
 *
 * <p>Every field may be null: the default is taken. A range of one number, e.g. {@code [1, 1]},
 * turns its operation off.
 *
 * @param flipProbability of a horizontal flip; default 0.5
 * @param cropProbability of a random crop; default 0.5
 * @param crop range of the sides of the crop, as a fraction of the image's; default [0.5, 1]
 * @param scale range of the factor on top of the plain resize; above 1 only a part of the image is
 *     on the canvas, below 1 there is padding; default [0.75, 1.5]
 * @param brightness range of the factor on all channels; default [0.8, 1.2]
 * @param contrast range of the factor on the distance from mid-grey; default [0.8, 1.2]
 * @param saturation range of the factor on the distance from grey of the same luma; default [0.7,
 *     1.3]
 * @param hue range of the turn of the chroma plane, degrees; default [-10, 10]
 * @param minVisible a box of which less than this fraction of its area stays on the canvas is left
 *     out; default 0.3
 * @param minSide a box with a side shorter than this many canvas pixels is left out; default 2
 */
public record Augmentation(
    Double flipProbability,
    Double cropProbability,
    List<Double> crop,
    List<Double> scale,
    List<Double> brightness,
    List<Double> contrast,
    List<Double> saturation,
    List<Double> hue,
    Double minVisible,
    Double minSide) {
  public Augmentation {
    flipProbability = fraction("flip-probability", flipProbability, 0.5);
    cropProbability = fraction("crop-probability", cropProbability, 0.5);
    crop = range("crop", crop, 0.5, 1, 0.05, 1);
    scale = range("scale", scale, 0.75, 1.5, 0.05, 20);
    brightness = range("brightness", brightness, 0.8, 1.2, 0, 10);
    contrast = range("contrast", contrast, 0.8, 1.2, 0, 10);
    saturation = range("saturation", saturation, 0.7, 1.3, 0, 10);
    hue = range("hue", hue, -10, 10, -180, 180);
    minVisible = fraction("min-visible", minVisible, 0.3);
    minSide = minSide == null ? 2.0 : minSide;
    if (!(minSide >= 0)) {
      throw new UserMistakeException(
          "augment.min-side: found " + minSide + ", expected 0 or more canvas pixels");
    }
  }

  /** The default ranges. */
  public static Augmentation standard() {
    return new Augmentation(null, null, null, null, null, null, null, null, null, null);
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
            new Moves.Crop(cropProbability, Range.of(crop)),
            new Moves.MultiScale(Range.of(scale)),
            new Colors.Brightness(1, Range.of(brightness)),
            new Colors.Contrast(1, Range.of(contrast)),
            new Colors.Saturation(1, Range.of(saturation)),
            new Colors.Hue(1, Range.of(hue))));
  }

  private static Double fraction(String key, Double value, double standard) {
    if (value == null) {
      return standard;
    }
    if (!(value >= 0 && value <= 1)) {
      throw new UserMistakeException(
          "augment." + key + ": found " + value + ", expected a number from 0 to 1");
    }
    return value;
  }

  private static List<Double> range(
      String key, List<Double> value, double low, double high, double min, double max) {
    if (value == null) {
      return List.of(low, high);
    }
    if (value.size() != 2
        || value.stream().anyMatch(Objects::isNull)
        || !(value.get(0) >= min)
        || !(value.get(1) <= max)
        || value.get(0) > value.get(1)) {
      throw new UserMistakeException(
          "augment."
              + key
              + ": found "
              + value
              + ", expected [low, high] between "
              + min
              + " and "
              + max);
    }
    return List.copyOf(value);
  }
}
