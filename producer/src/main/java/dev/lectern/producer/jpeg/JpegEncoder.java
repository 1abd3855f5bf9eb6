package dev.lectern.producer.jpeg;

import static org.bytedeco.leptonica.global.leptonica.lept_free;
import static org.bytedeco.leptonica.global.leptonica.pixCreateNoInit;
import static org.bytedeco.leptonica.global.leptonica.pixDestroy;
import static org.bytedeco.leptonica.global.leptonica.pixWriteMemJpeg;

import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.bytedeco.leptonica.PIX;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.imgcodecs.Imgcodecs;

/**
 * Encodes baseline JPEG, chroma at half the resolution on both axes.
 *
 * <p>Leptonica takes a quarter of OpenCV's time, for the same bytes. Where it cannot be loaded,
 * OpenCV encodes.
 */
public final class JpegEncoder {
  private JpegEncoder() {}

  /**
   * Encodes an image.
   *
   * @param canvas (height, width, 3) bytes, blue first
   * @param quality 1 to 100
   */
  public static byte[] encode(Mat canvas, int quality) {
    return Leptonica.LOADED ? fast(canvas, quality) : portable(canvas, quality);
  }

  static byte[] fast(Mat canvas, int quality) {
    PIX pixels = pixCreateNoInit(canvas.cols(), canvas.rows(), 32);
    try (PointerPointer<BytePointer> data = new PointerPointer<>(1);
        SizeTPointer size = new SizeTPointer(1)) {
      fill(pixels, canvas);
      if (pixWriteMemJpeg(data, size, pixels, quality, 0) != 0) {
        throw new IllegalStateException("Leptonica cannot encode JPEG");
      }
      BytePointer encoded = data.get(BytePointer.class, 0);
      byte[] bytes = new byte[Math.toIntExact(size.get())];
      encoded.get(bytes);
      lept_free(encoded);
      return bytes;
    } finally {
      pixDestroy(pixels);
    }
  }

  private static void fill(PIX pixels, Mat canvas) {
    Mat words = Leptonica.words(pixels, canvas.cols(), canvas.rows());
    MatOfInt places = new MatOfInt(0, 1, 1, 2, 2, 3);
    Core.mixChannels(List.of(canvas), List.of(words), places);
    places.release();
    words.release();
  }

  static byte[] portable(Mat canvas, int quality) {
    MatOfByte encoded = new MatOfByte();
    MatOfInt parameters = new MatOfInt(Imgcodecs.IMWRITE_JPEG_QUALITY, quality);
    try {
      if (!Imgcodecs.imencode(".jpg", canvas, encoded, parameters)) {
        throw new IllegalStateException("OpenCV cannot encode JPEG");
      }
      return encoded.toArray();
    } finally {
      encoded.release();
      parameters.release();
    }
  }
}
