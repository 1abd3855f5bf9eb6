package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.FileTrouble;
import dev.lectern.schemas.view.Affine;
import dev.lectern.schemas.view.OpenCvLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.opencv.core.CvException;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.imgcodecs.Imgcodecs;

/**
 * An image file that was opened and found whole, with its boxes in pixels of the upright image.
 *
 * <p>Opening reads the file but decodes pixels only where the header does not tell the size; {@link
 * #pixels} decodes.
 */
public final class SourceImage {
  static {
    OpenCvLibrary.load();
  }

  private static final long MAX_FILE_BYTES = 1L << 30;

  private final byte[] file;
  private final ImageHeader header;
  private final int width;
  private final int height;
  private final List<AnnotatedBox> boxes;

  private SourceImage(
      byte[] file, ImageHeader header, int width, int height, List<AnnotatedBox> boxes) {
    this.file = file;
    this.header = header;
    this.width = width;
    this.height = height;
    this.boxes = boxes;
  }

  /**
   * Reads an image file, checks it, and places its boxes.
   *
   * @param maxPixels an image with more is unusable
   * @param problems told of what was repaired and of boxes left out
   * @throws UnusableImageException if the image must be left out; it has not been reported
   */
  public static SourceImage open(AnnotatedImage annotated, long maxPixels, Problems problems)
      throws UnusableImageException {
    byte[] file = read(annotated);
    ImageHeader header = ImageHeader.of(file);
    if (header.width() == 0 || header.height() == 0) {
      Mat stored = decode(file);
      header = new ImageHeader(stored.cols(), stored.rows(), header.colors(), header.orientation());
      stored.release();
    }
    if ((long) header.width() * header.height() > maxPixels) {
      throw new UnusableImageException(
          Problem.OVERSIZED_IMAGE,
          "found "
              + header.width()
              + "x"
              + header.height()
              + ", expected at most "
              + maxPixels
              + " pixels");
    }
    boolean swaps = header.orientation().swapsSides();
    int width = swaps ? header.height() : header.width();
    int height = swaps ? header.width() : header.height();
    boolean turnBoxes = boxesAreOfStoredImage(annotated, header, width, height);
    String where = annotated.file().toString();
    if (header.colors() == ImageHeader.Colors.GRAYSCALE) {
      problems.report(Problem.GRAYSCALE_IMAGE, where, "converted to three channels");
    }
    if (header.colors() == ImageHeader.Colors.CMYK) {
      problems.report(Problem.CMYK_IMAGE, where, "converted to three channels");
    }
    if (header.orientation() != Orientation.UPRIGHT) {
      problems.report(
          Problem.EXIF_ROTATED_IMAGE,
          where,
          "stored "
              + header.orientation().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ')
              + ", turned upright");
    }
    Affine turn = Affine.IDENTITY;
    if (turnBoxes) {
      turn = header.orientation().map(header.width(), header.height());
      if (!annotated.boxes().isEmpty()) {
        problems.report(
            Problem.EXIF_ROTATED_BOXES,
            where,
            "annotated for the stored size, turned with the image");
      }
    }
    List<AnnotatedBox> boxes = place(annotated, turn, width, height, problems);
    return new SourceImage(file, header, width, height, boxes);
  }

  /** Width of the upright image, pixels. */
  public int width() {
    return width;
  }

  /** Height of the upright image, pixels. */
  public int height() {
    return height;
  }

  /** Boxes in pixels of the upright image, as annotated: unclipped, but each touches the image. */
  public List<AnnotatedBox> boxes() {
    return boxes;
  }

  /** Bytes that the file and its decoded pixels take together. */
  public long footprint() {
    return file.length + 2L * width * height * 3;
  }

  /**
   * Decodes the upright pixels: (height, width, 3) bytes, blue first. The caller releases them.
   *
   * @throws UnusableImageException if they do not decode
   */
  public Mat pixels() throws UnusableImageException {
    Mat stored = decode(file);
    if (stored.cols() != header.width() || stored.rows() != header.height()) {
      String found = stored.cols() + "x" + stored.rows();
      stored.release();
      throw new UnusableImageException(
          Problem.CORRUPT_IMAGE,
          "decodes to " + found + ", its header says " + header.width() + "x" + header.height());
    }
    Mat upright = header.orientation().apply(stored);
    if (upright != stored) {
      stored.release();
    }
    return upright;
  }

  private static byte[] read(AnnotatedImage annotated) throws UnusableImageException {
    try {
      long size = Files.size(annotated.file());
      if (size > MAX_FILE_BYTES) {
        throw new UnusableImageException(
            Problem.OVERSIZED_IMAGE,
            "found a file of " + size + " bytes, expected at most " + MAX_FILE_BYTES);
      }
      return Files.readAllBytes(annotated.file());
    } catch (NoSuchFileException e) {
      throw new UnusableImageException(Problem.MISSING_IMAGE, "not found");
    } catch (IOException e) {
      throw new UnusableImageException(
          Problem.CORRUPT_IMAGE, "cannot be read: " + FileTrouble.why(e));
    }
  }

  private static Mat decode(byte[] file) throws UnusableImageException {
    MatOfByte source = new MatOfByte(file);
    try {
      Mat stored =
          Imgcodecs.imdecode(source, Imgcodecs.IMREAD_COLOR | Imgcodecs.IMREAD_IGNORE_ORIENTATION);
      if (stored.empty() || stored.type() != CvType.CV_8UC3) {
        stored.release();
        throw new UnusableImageException(
            Problem.CORRUPT_IMAGE, "found " + file.length + " bytes that do not decode");
      }
      return stored;
    } catch (CvException e) {
      throw new UnusableImageException(
          Problem.CORRUPT_IMAGE,
          "does not decode: " + e.getMessage().lines().findFirst().orElse(""));
    } finally {
      source.release();
    }
  }

  /**
   * Whether the boxes were annotated before the image was turned, judged by the annotated size;
   * where both readings fit (a square, a mirrored image), annotators saw the upright image.
   */
  private static boolean boxesAreOfStoredImage(
      AnnotatedImage annotated, ImageHeader header, int width, int height)
      throws UnusableImageException {
    if (annotated.width() == 0
        || annotated.height() == 0
        || (annotated.width() == width && annotated.height() == height)) {
      return false;
    }
    if (annotated.width() == header.width() && annotated.height() == header.height()) {
      return true;
    }
    throw new UnusableImageException(
        Problem.SIZE_MISMATCH,
        "found "
            + width
            + "x"
            + height
            + ", annotated as "
            + annotated.width()
            + "x"
            + annotated.height());
  }

  private static List<AnnotatedBox> place(
      AnnotatedImage annotated, Affine turn, int width, int height, Problems problems) {
    boolean fractions = annotated.unit() == BoxUnit.FRACTIONS;
    double sx = fractions ? width : 1;
    double sy = fractions ? height : 1;
    List<AnnotatedBox> placed = new ArrayList<>();
    for (AnnotatedBox box : annotated.boxes()) {
      double x = box.x() * sx;
      double y = box.y() * sy;
      double w = box.width() * sx;
      double h = box.height() * sy;
      if (turn != Affine.IDENTITY) {
        double[] turned = turn.applyToBox(x, y, x + w, y + h);
        x = turned[0];
        y = turned[1];
        w = turned[2] - turned[0];
        h = turned[3] - turned[1];
      }
      String where = annotated.file().getFileName() + " annotation " + box.annotationId();
      if (x >= width || y >= height || x + w <= 0 || y + h <= 0) {
        problems.report(
            Problem.BOX_OUTSIDE_IMAGE,
            where,
            "found left, top, width, height "
                + Boxes.text(x, y, w, h)
                + " in an image of "
                + width
                + "x"
                + height);
        continue;
      }
      if (x < -1 || y < -1 || x + w > width + 1 || y + h > height + 1) {
        problems.report(
            Problem.CLIPPED_BOX,
            where,
            "found left, top, width, height "
                + Boxes.text(x, y, w, h)
                + " in an image of "
                + width
                + "x"
                + height);
      }
      placed.add(
          new AnnotatedBox(
              box.annotationId(),
              box.label(),
              box.crowd(),
              x,
              y,
              w,
              h,
              box.area() < 0 ? w * h : box.area()));
    }
    return placed;
  }
}
