package dev.lectern.producer.augment;

import dev.lectern.producer.jpeg.JpegEncoder;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.view.OpenCvLibrary;
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
    OpenCvLibrary.load();
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
    return format == PixelFormat.PNG ? png(canvas) : JpegEncoder.encode(canvas, level);
  }

  private byte[] png(Mat canvas) {
    MatOfByte encoded = new MatOfByte();
    MatOfInt parameters = new MatOfInt(parameters());
    try {
      if (!Imgcodecs.imencode(".png", canvas, encoded, parameters)) {
        throw new IllegalStateException("OpenCV cannot encode " + format);
      }
      return encoded.toArray();
    } finally {
      encoded.release();
      parameters.release();
    }
  }

  /**
   * For PNG level 1 none: OpenCV then takes zlib level 1 with the horizontal difference as the only
   * filter, which is three times as fast as trying all filters per row, at the same size. The other
   * levels try all filters.
   */
  private int[] parameters() {
    return level == 1
        ? new int[0]
        : new int[] {
          Imgcodecs.IMWRITE_PNG_COMPRESSION,
          level,
          Imgcodecs.IMWRITE_PNG_STRATEGY,
          Imgcodecs.IMWRITE_PNG_STRATEGY_RLE
        };
  }
}
