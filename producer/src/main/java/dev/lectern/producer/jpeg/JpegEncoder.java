package dev.lectern.producer.jpeg;

import static org.bytedeco.leptonica.global.leptonica.lept_free;
import static org.bytedeco.leptonica.global.leptonica.pixCreateNoInit;
import static org.bytedeco.leptonica.global.leptonica.pixDestroy;
import static org.bytedeco.leptonica.global.leptonica.pixGetData;
import static org.bytedeco.leptonica.global.leptonica.pixWriteMemJpeg;

import dev.lectern.schemas.view.OpenCvLibrary;
import java.nio.ByteBuffer;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.bytedeco.leptonica.PIX;
import org.bytedeco.leptonica.global.leptonica;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.imgcodecs.Imgcodecs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encodes baseline JPEG, chroma at half the resolution on both axes.
 *
 * <p>Leptonica's build of libjpeg-turbo has vector instructions, OpenCV's has not: the former takes
 * a quarter of the time, for the same bytes. Where Leptonica cannot be loaded, OpenCV encodes.
 */
public final class JpegEncoder {
  private static final Logger LOG = LoggerFactory.getLogger(JpegEncoder.class);
  private static final boolean FAST;

  static {
    OpenCvLibrary.load();
    FAST = loadLeptonica();
  }

  private JpegEncoder() {}

  private static boolean loadLeptonica() {
    try {
      Loader.load(leptonica.class);
      return true;
    } catch (UnsatisfiedLinkError e) {
      LOG.warn("JPEG takes four times as long to encode: Leptonica cannot be loaded", e);
      return false;
    }
  }

  /**
   * Encodes an image.
   *
   * @param canvas (height, width, 3) bytes, blue first
   * @param quality 1 to 100
   */
  public static byte[] encode(Mat canvas, int quality) {
    return FAST ? fast(canvas, quality) : portable(canvas, quality);
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

  /** A pixel is a word with red in its uppermost byte: in memory nothing, blue, green, red. */
  private static void fill(PIX pixels, Mat canvas) {
    ByteBuffer memory =
        new BytePointer(pixGetData(pixels))
            .capacity(4L * canvas.rows() * canvas.cols())
            .asByteBuffer();
    Mat words = new Mat(canvas.rows(), canvas.cols(), CvType.CV_8UC4, memory);
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
