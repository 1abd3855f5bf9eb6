package dev.lectern.schemas.view;

import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.Sha256;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.imgcodecs.Imgcodecs;

/**
 * The label map of a view: a class index for each pixel of the canvas, (height, width) bytes,
 * row-major. In the view's record it is a PNG of one 8-bit channel.
 */
public final class LabelPixels {
  static {
    OpenCvLibrary.load();
  }

  /** A pixel without a class: padding, void, crowds. */
  public static final int IGNORED = 255;

  private static final int PNG_COMPRESSION = 6;

  private LabelPixels() {}

  /** Whether a view has one. */
  public static boolean has(View view) {
    return view.getLabelMap().hasRemaining();
  }

  /**
   * Decodes a view's label map after checking its digest and size.
   *
   * @throws CorruptPixelsException if the digest differs, it does not decode, or it is not as large
   *     as the canvas
   * @throws IllegalArgumentException if the view has none
   */
  public static byte[] decode(View view) {
    String where = "view " + view.getViewId() + ": label map";
    if (!has(view)) {
      throw new IllegalArgumentException(where + ": found none");
    }
    if (!sha256(view.getLabelMap()).equals(view.getLabelMapSha256())) {
      throw new CorruptPixelsException(where + " does not match its SHA-256");
    }
    byte[] encoded = new byte[view.getLabelMap().remaining()];
    view.getLabelMap().duplicate().get(encoded);
    MatOfByte source = new MatOfByte(encoded);
    Mat image = Imgcodecs.imdecode(source, Imgcodecs.IMREAD_UNCHANGED);
    try {
      if (image.empty()
          || image.cols() != view.getWidth()
          || image.rows() != view.getHeight()
          || image.type() != CvType.CV_8UC1) {
        throw new CorruptPixelsException(
            where
                + ": found an image of "
                + image.cols()
                + "x"
                + image.rows()
                + " and "
                + image.channels()
                + " channels, expected "
                + view.getWidth()
                + "x"
                + view.getHeight()
                + " and one");
      }
      byte[] classes = new byte[view.getWidth() * view.getHeight()];
      image.get(0, 0, classes);
      return classes;
    } finally {
      image.release();
      source.release();
    }
  }

  /**
   * Encodes one.
   *
   * @param classes width * height, row-major
   */
  public static byte[] encode(int width, int height, byte[] classes) {
    Mat image = new Mat(height, width, CvType.CV_8UC1);
    MatOfByte encoded = new MatOfByte();
    MatOfInt parameters = new MatOfInt(Imgcodecs.IMWRITE_PNG_COMPRESSION, PNG_COMPRESSION);
    try {
      image.put(0, 0, classes);
      if (!Imgcodecs.imencode(".png", image, encoded, parameters)) {
        throw new IllegalStateException("OpenCV cannot encode a label map");
      }
      return encoded.toArray();
    } finally {
      image.release();
      encoded.release();
      parameters.release();
    }
  }

  /** An encoded label map in a view's record. */
  public static void put(View.Builder view, byte[] encoded) {
    ByteBuffer bytes = ByteBuffer.wrap(encoded);
    view.setLabelMap(bytes).setLabelMapSha256(sha256(bytes));
  }

  /** SHA-256 of an encoded label map, 32 bytes; empty for none. */
  public static ByteBuffer sha256(ByteBuffer encoded) {
    return encoded.hasRemaining() ? Sha256.of(encoded) : ByteBuffer.allocate(0);
  }

  /** Replaces every class by another; those without one are ignored. */
  public static void map(byte[] classes, byte[] to) {
    byte[] all = new byte[IGNORED + 1];
    Arrays.fill(all, (byte) IGNORED);
    System.arraycopy(to, 0, all, 0, to.length);
    for (int i = 0; i < classes.length; i++) {
      classes[i] = all[Byte.toUnsignedInt(classes[i])];
    }
  }
}
