package dev.lectern.schemas.view;

import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.Sha256;
import java.nio.ByteBuffer;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.imgcodecs.Imgcodecs;

/**
 * The decoded pixels of a view.
 *
 * @param width pixels
 * @param height pixels
 * @param bgr (height, width, 3) bytes, row-major, blue first
 */
public record Canvas(int width, int height, byte[] bgr) {
  static {
    OpenCvLibrary.load();
  }

  public Canvas {
    if (bgr.length != width * height * 3) {
      throw new IllegalArgumentException(
          "canvas "
              + width
              + "x"
              + height
              + ": found "
              + bgr.length
              + " bytes, expected "
              + width * height * 3);
    }
  }

  /**
   * Decodes a view's pixels after checking their digest and size.
   *
   * @throws CorruptPixelsException if the digest differs, they do not decode, or the image is not
   *     the canvas
   */
  public static Canvas decode(View view) {
    return decode(view, new byte[view.getWidth() * view.getHeight() * 3]);
  }

  /**
   * As {@link #decode(View)}, into an array of the caller's.
   *
   * @param bgr becomes the canvas's; as large as the canvas
   */
  public static Canvas decode(View view, byte[] bgr) {
    ByteBuffer pixels = view.getPixels();
    ByteBuffer encoded = pixels.hasArray() ? pixels : ByteBuffer.wrap(bytes(pixels));
    if (!Sha256.of(encoded).equals(view.getPixelsSha256())) {
      throw new CorruptPixelsException(
          "view " + view.getViewId() + ": pixels do not match their SHA-256");
    }
    return decode(encoded, view.getWidth(), view.getHeight(), bgr, "view " + view.getViewId());
  }

  private static Canvas decode(
      ByteBuffer encoded, int width, int height, byte[] bgr, String where) {
    MatOfByte source =
        new MatOfByte(
            encoded.arrayOffset() + encoded.position(), encoded.remaining(), encoded.array());
    Mat image =
        Imgcodecs.imdecode(source, Imgcodecs.IMREAD_COLOR | Imgcodecs.IMREAD_IGNORE_ORIENTATION);
    try {
      if (image.empty()) {
        throw new CorruptPixelsException(
            where + ": found " + encoded.remaining() + " bytes that are neither PNG nor JPEG");
      }
      if (image.cols() != width || image.rows() != height || image.type() != CvType.CV_8UC3) {
        throw new CorruptPixelsException(
            where
                + ": found an image of "
                + image.cols()
                + "x"
                + image.rows()
                + ", expected "
                + width
                + "x"
                + height);
      }
      image.get(0, 0, bgr);
      return new Canvas(width, height, bgr);
    } finally {
      image.release();
      source.release();
    }
  }

  /** SHA-256 of encoded pixels: 32 bytes. */
  public static byte[] sha256(byte[] encoded) {
    return Sha256.start().digest(encoded);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
