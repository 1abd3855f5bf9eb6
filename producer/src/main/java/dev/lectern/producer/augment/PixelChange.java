package dev.lectern.producer.augment;

import dev.lectern.schemas.record.TransformStep;
import java.util.Map;

/** A change of the finished canvas that moves nothing, in numbers. */
sealed interface PixelChange {
  TransformStep lineage();

  /**
   * Gaussian blur.
   *
   * @param sigma pixels
   */
  record Blur(double sigma) implements PixelChange {
    @Override
    public TransformStep lineage() {
      return new TransformStep("blur", Map.of("sigma", sigma));
    }
  }

  /**
   * Noise, independent in every channel of every pixel: sigma times the sum of four uniform numbers
   * of mean 0, scaled to variance 1.
   *
   * @param sigma on the 0..255 scale
   * @param state of the generator of the uniform numbers
   */
  record Noise(double sigma, long state) implements PixelChange {
    @Override
    public TransformStep lineage() {
      return new TransformStep("noise", Map.of("sigma", sigma));
    }
  }

  /**
   * The artefacts of JPEG.
   *
   * @param quality 1 to 100
   */
  record Jpeg(int quality) implements PixelChange {
    @Override
    public TransformStep lineage() {
      return new TransformStep("jpeg", Map.of("quality", (double) quality));
    }
  }

  /** A rectangle of padding, canvas pixels. */
  record Hole(int x, int y, int width, int height) implements PixelChange {
    @Override
    public TransformStep lineage() {
      return new TransformStep(
          "cutout",
          Map.of(
              "x", (double) x,
              "y", (double) y,
              "width", (double) width,
              "height", (double) height));
    }

    Polygon outline() {
      return Polygon.rectangle(x, y, x + width, y + height);
    }
  }
}
