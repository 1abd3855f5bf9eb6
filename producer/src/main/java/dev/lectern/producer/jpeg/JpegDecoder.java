package dev.lectern.producer.jpeg;

import static org.bytedeco.leptonica.global.leptonica.pixConvert8To32;
import static org.bytedeco.leptonica.global.leptonica.pixDestroy;
import static org.bytedeco.leptonica.global.leptonica.pixGetDepth;
import static org.bytedeco.leptonica.global.leptonica.pixGetHeight;
import static org.bytedeco.leptonica.global.leptonica.pixGetWidth;
import static org.bytedeco.leptonica.global.leptonica.pixReadMemJpeg;

import java.util.List;
import java.util.Optional;
import org.bytedeco.leptonica.PIX;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfInt;

/**
 * Decodes JPEG of one or three channels by Leptonica: the pixels that OpenCV decodes, in four
 * fifths of the time.
 */
public final class JpegDecoder {
  private static final int BITS = 32;

  private JpegDecoder() {}

  /**
   * Decodes a file, without turning it as its EXIF data say.
   *
   * @param file of one or three channels
   * @return (height, width, 3) bytes, blue first, which the caller releases; empty if the file is
   *     damaged, or Leptonica cannot be loaded
   */
  public static Optional<Mat> decode(byte[] file) {
    if (!Leptonica.LOADED) {
      return Optional.empty();
    }
    int[] warnings = new int[1];
    PIX pixels = pixReadMemJpeg(file, file.length, 0, 1, warnings, 0);
    if (pixels == null) {
      return Optional.empty();
    }
    try {
      if (warnings[0] != 0) {
        return Optional.empty();
      }
      if (pixGetDepth(pixels) != BITS) {
        PIX grey = pixels;
        pixels = pixConvert8To32(grey);
        pixDestroy(grey);
      }
      return Optional.of(image(pixels));
    } finally {
      pixDestroy(pixels);
    }
  }

  private static Mat image(PIX pixels) {
    Mat words = Leptonica.words(pixels, pixGetWidth(pixels), pixGetHeight(pixels));
    Mat image = new Mat(words.rows(), words.cols(), CvType.CV_8UC3);
    MatOfInt places = new MatOfInt(1, 0, 2, 1, 3, 2);
    Core.mixChannels(List.of(words), List.of(image), places);
    places.release();
    words.release();
    return image;
  }
}
