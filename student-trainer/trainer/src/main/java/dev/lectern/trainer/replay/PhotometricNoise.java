package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.random.SplitMix64;
import dev.lectern.schemas.view.Canvas;

/**
 * Changes of brightness, contrast, saturation and pixel noise that only the student sees; geometry
 * stays.
 *
 * <p>What a view gets depends on (seed, epoch, viewId) alone.
 */
public record PhotometricNoise(
    @Key(
            defaultsTo = "0",
            min = 0,
            max = 1,
            meaning = "largest shift, as a share of the full range")
        double brightness,
    @Key(
            defaultsTo = "0",
            min = 0,
            max = 1,
            meaning = "largest relative change around the image's mean")
        double contrast,
    @Key(
            defaultsTo = "0",
            min = 0,
            max = 1,
            meaning = "largest relative change of the distance from grey")
        double saturation,
    @Key(
            defaultsTo = "0",
            min = 0,
            max = 1,
            meaning = "standard deviation per value, as a share of the full range")
        double gaussian) {
  /** No change. */
  public static final PhotometricNoise NONE = new PhotometricNoise(0, 0, 0, 0);

  boolean isNone() {
    return equals(NONE);
  }

  Canvas apply(Canvas canvas, SplitMix64 random) {
    double shift = 255 * brightness * (2 * random.nextDouble() - 1);
    double gain = 1 + contrast * (2 * random.nextDouble() - 1);
    double colour = 1 + saturation * (2 * random.nextDouble() - 1);
    byte[] in = canvas.bgr();
    byte[] out = new byte[in.length];
    long sum = 0;
    for (byte value : in) {
      sum += value & 0xFF;
    }
    double mean = (double) sum / in.length;
    for (int i = 0; i < in.length; i += 3) {
      double b = in[i] & 0xFF;
      double g = in[i + 1] & 0xFF;
      double r = in[i + 2] & 0xFF;
      double grey = 0.114 * b + 0.587 * g + 0.299 * r;
      out[i] = value(grey + colour * (b - grey), gain, mean, shift, random);
      out[i + 1] = value(grey + colour * (g - grey), gain, mean, shift, random);
      out[i + 2] = value(grey + colour * (r - grey), gain, mean, shift, random);
    }
    return new Canvas(canvas.width(), canvas.height(), out);
  }

  private byte value(double v, double gain, double mean, double shift, SplitMix64 random) {
    double changed = mean + gain * (v - mean) + shift;
    if (gaussian > 0) {
      // Sum of four uniform numbers: close to normal, variance 4/12.
      double u =
          random.nextDouble() + random.nextDouble() + random.nextDouble() + random.nextDouble() - 2;
      changed += 255 * gaussian * u * Math.sqrt(3);
    }
    return (byte) Math.round(Math.min(Math.max(changed, 0), 255));
  }
}
