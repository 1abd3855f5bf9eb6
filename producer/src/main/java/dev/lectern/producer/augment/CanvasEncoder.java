package dev.lectern.producer.augment;

import dev.lectern.schemas.record.PixelFormat;
import nu.pattern.OpenCV;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.imgcodecs.Imgcodecs;

/**
 * Encodes the pixels of views.
 *
 * @param format PNG loses nothing; JPEG is smaller
 * @param level PNG: zlib level 0 to 9; JPEG: quality 1 to 100
 */
public record CanvasEncoder(PixelFormat format, int level) {
  static {
    OpenCV.loadLocally();
  }

  public CanvasEncoder {
    int max = format == PixelFormat.PNG ? 9 : 100;
    if (level < 0 || level > max) {
      throw new IllegalArgumentException(format + " level " + level + ": expected 0 to " + max);
    }
  }

  /**
   * @param canvas (height, width, 3) bytes, blue first
   */
  public byte[] encode(Mat canvas) {
    boolean png = format == PixelFormat.PNG;
    MatOfByte encoded = new MatOfByte();
    MatOfInt parameters =
        new MatOfInt(
            png ? Imgcodecs.IMWRITE_PNG_COMPRESSION : Imgcodecs.IMWRITE_JPEG_QUALITY, level);
    try {
      if (!Imgcodecs.imencode(png ? ".png" : ".jpg", canvas, encoded, parameters)) {
        throw new IllegalStateException("OpenCV cannot encode " + format);
      }
      return encoded.toArray();
    } finally {
      encoded.release();
      parameters.release();
    }
  }
}
