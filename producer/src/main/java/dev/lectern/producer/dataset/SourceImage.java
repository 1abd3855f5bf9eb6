package dev.lectern.producer.dataset;

import dev.lectern.producer.jpeg.JpegDecoder;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.view.Affine;
import dev.lectern.schemas.view.OpenCvLibrary;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.opencv.core.Core;
import org.opencv.core.CvException;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.imgcodecs.Imgcodecs;

/**
 * An image file that was opened and found whole, with its boxes in pixels of the upright image.
 *
 * <p>Opening reads the file and decides by its header; {@link #pixels} decodes.
 */
public final class SourceImage {
  static {
    OpenCvLibrary.load();
  }

  private static final long MAX_FILE_BYTES = 1L << 30;
  private static final int COLOR = Imgcodecs.IMREAD_COLOR | Imgcodecs.IMREAD_IGNORE_ORIENTATION;

  /** The value of white that needs no scaling. */
  private static final int FULL = 255;

  /** Zero bytes in a row that hardly any pixels become. */
  private static final int HOLE = 512;

  private static final int END_MARKER = 2;

  /** Bytes that a decoder may have read ahead. */
  private static final int SLACK = 16;

  private static final Pattern LEFT_OVER = Pattern.compile("(\\d+) extraneous bytes");

  private final Problems problems;
  private final String where;
  private final byte[] file;
  private final ImageHeader header;
  private final int width;
  private final int height;
  private final List<AnnotatedBox> boxes;
  private final PixelLabels labels;
  private final Affine turn;

  private SourceImage(
      Problems problems,
      String where,
      byte[] file,
      ImageHeader header,
      int width,
      int height,
      List<AnnotatedBox> boxes,
      PixelLabels labels,
      Affine turn) {
    this.problems = problems;
    this.where = where;
    this.file = file;
    this.header = header;
    this.width = width;
    this.height = height;
    this.boxes = boxes;
    this.labels = labels;
    this.turn = turn;
  }

  /**
   * Reads an image file, checks it, and places its boxes.
   *
   * @param maxPixels an image with more is unusable
   * @param problems receives what was repaired and the boxes left out
   * @throws UnusableImageException if the image must be left out; it has not been reported
   */
  public static SourceImage open(AnnotatedImage annotated, long maxPixels, Problems problems)
      throws UnusableImageException {
    byte[] file = read(annotated);
    ImageHeader header = ImageHeader.of(file);
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
    if (header.frames() > 1) {
      problems.report(
          Problem.ANIMATED_IMAGE,
          where,
          "found " + header.frames() + " frames or pages, used the first");
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
    return new SourceImage(
        problems, where, file, header, width, height, boxes, annotated.pixels(), turn);
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

  /**
   * The label map of the upright image: (height, width) bytes, which the caller releases; null
   * where only boxes are annotated. A label map in a file may lie as the image is stored, or
   * upright.
   *
   * @throws UnusableImageException if it cannot be read, or is of another size
   */
  public Mat labels() throws UnusableImageException {
    if (labels == null) {
      return null;
    }
    if (labels instanceof PixelLabels.Drawn drawn) {
      requireSameSize(drawn);
      LabelDrawing drawing = new LabelDrawing(width, height);
      drawn.largestFirst().forEach(region -> drawing.draw(region, turn));
      return mat(width, height, drawing.classes());
    }
    LabelFile read =
        LabelFile.read((PixelLabels.InFile) labels, width, height, header.orientation());
    Mat map = mat(read.width(), read.height(), read.classes());
    if (read.width() == width && read.height() == height) {
      return map;
    }
    Mat upright = header.orientation().apply(map);
    if (upright != map) {
      map.release();
    }
    return upright;
  }

  /** Where the annotations do not state the image's size, its run lengths do. */
  private void requireSameSize(PixelLabels.Drawn drawn) throws UnusableImageException {
    boolean turned = turn != Affine.IDENTITY;
    int annotatedWidth = turned ? header.width() : width;
    int annotatedHeight = turned ? header.height() : height;
    for (PixelLabels.Region region : drawn.regions()) {
      RunLengths runs = region.runs();
      if (runs != null && !runs.isOfSize(annotatedWidth, annotatedHeight)) {
        throw new UnusableImageException(
            Problem.SIZE_MISMATCH,
            "found "
                + annotatedWidth
                + "x"
                + annotatedHeight
                + ", its run lengths are of "
                + runs.width()
                + "x"
                + runs.height());
      }
    }
  }

  private static Mat mat(int width, int height, byte[] classes) {
    Mat map = new Mat(height, width, CvType.CV_8UC1);
    map.put(0, 0, classes);
    return map;
  }

  /** Bytes that the file and its decoded pixels take together. */
  public long footprint() {
    return file.length + (header.bits() > 8 ? 4L : 2L) * width * height * 3;
  }

  /**
   * Decodes the upright pixels: (height, width, 3) bytes, blue first. The caller releases them.
   *
   * @throws UnusableImageException if they do not decode
   */
  public Mat pixels() throws UnusableImageException {
    Mat stored = header.white() == FULL ? decode() : scaled();
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

  private Mat decode() throws UnusableImageException {
    if (!isJpeg()) {
      return decode(file, COLOR);
    }
    requireNoHole();
    Optional<Mat> pixels =
        header.colors() == ImageHeader.Colors.CMYK ? Optional.empty() : JpegDecoder.decode(file);
    if (pixels.isPresent()) {
      return pixels.get();
    }
    requireSound();
    return decode(file, COLOR);
  }

  /** Refuses a JPEG whose coded pixels end before the image, or are none. */
  private void requireSound() throws UnusableImageException {
    String warning = warning(file);
    if (warning == null) {
      return;
    }
    if (warning.contains("premature end")) {
      throw new UnusableImageException(
          Problem.TRUNCATED_IMAGE, "JPEG has an end marker, but a part before it is missing");
    }
    if (warning.contains("bad Huffman code")) {
      throw new UnusableImageException(
          Problem.CORRUPT_IMAGE, "JPEG has bytes among its pixels that do not belong there");
    }
  }

  /** Where the coded pixels of a JPEG begin: after the header of its first scan. */
  private int firstScan() {
    int at = 2;
    while (at + 4 < file.length && (file[at + 1] & 0xFF) != 0xDA) {
      at += 2 + ((file[at + 2] & 0xFF) << 8 | file[at + 3] & 0xFF);
    }
    return at;
  }

  /**
   * Refuses a JPEG with a run of zero bytes that its decoder stumbles over: a part that was never
   * downloaded. Such a run is also what a flat image can look like, or what fills a file up to its
   * end marker.
   */
  private void requireNoHole() throws UnusableImageException {
    int from = 0;
    int length = 0;
    for (int at = firstScan(), zeros = 0; at < file.length; at++) {
      zeros = file[at] == 0 ? zeros + 1 : 0;
      if (zeros > length) {
        length = zeros;
        from = at - zeros + 1;
      }
    }
    String warning = length < HOLE ? null : warning(file);
    if (warning == null) {
      return;
    }
    Matcher left = LEFT_OVER.matcher(warning);
    boolean isFilling =
        from + length >= file.length - END_MARKER
            && left.find()
            && Integer.parseInt(left.group(1)) + SLACK >= length;
    if (!isFilling) {
      throw new UnusableImageException(
          Problem.TRUNCATED_IMAGE,
          "JPEG has " + length + " zero bytes at byte " + from + ", where its pixels belong");
    }
  }

  private boolean isJpeg() {
    return (file[0] & 0xFF) == 0xFF;
  }

  /**
   * Pixels of another range than 0 to 255. Samples of 16 bits that need no more than the file says
   * that they have, or else than 8, 10, 12 or 14, are taken for those of such a camera; OpenCV
   * would keep their upper 8 bits, which are dark.
   */
  private Mat scaled() throws UnusableImageException {
    Mat deep = decode(file, COLOR | Imgcodecs.IMREAD_ANYDEPTH);
    try {
      int white = header.white() > 0 ? header.white() : white(deep);
      if (white == 65535 || deep.depth() > CvType.CV_16U) {
        return decode(file, COLOR);
      }
      Mat scaled = new Mat();
      deep.convertTo(scaled, CvType.CV_8U, 255.0 / white);
      problems.report(
          Problem.LOW_DEPTH_IMAGE,
          where,
          "found samples of " + header.bits() + " bits up to " + white + ", scaled to 255");
      return scaled;
    } finally {
      deep.release();
    }
  }

  private int white(Mat deep) {
    Mat samples = deep.reshape(1);
    double max = Core.minMaxLoc(samples).maxVal;
    samples.release();
    int[] depths =
        header.significant() > 0 ? new int[] {header.significant()} : new int[] {8, 10, 12, 14};
    for (int bits : depths) {
      if (max < 1 << bits) {
        return (1 << bits) - 1;
      }
    }
    return 65535;
  }

  /** The first thing that Java's decoder finds wrong with a JPEG; null if nothing. */
  private static String warning(byte[] jpeg) {
    AtomicReference<String> first = new AtomicReference<>();
    ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(jpeg))) {
      reader.setInput(in, true, true);
      reader.addIIOReadWarningListener((source, warning) -> first.compareAndSet(null, warning));
      reader.readRaster(0, null);
      return first.get();
    } catch (IOException | RuntimeException e) {
      // What Java cannot decode it judges no further.
      return first.get();
    } finally {
      reader.dispose();
    }
  }

  /**
   * Width and height in the unit of an image's boxes, by its annotations or else by its header;
   * null if neither tells.
   */
  static double[] annotatedSize(AnnotatedImage annotated) {
    if (annotated.unit() == BoxUnit.FRACTIONS) {
      return new double[] {1, 1};
    }
    if (annotated.width() > 0 && annotated.height() > 0) {
      return new double[] {annotated.width(), annotated.height()};
    }
    try {
      ImageHeader header = ImageHeader.of(read(annotated));
      boolean swaps = header.orientation().swapsSides();
      return new double[] {
        swaps ? header.height() : header.width(), swaps ? header.width() : header.height()
      };
    } catch (UnusableImageException e) {
      return null;
    }
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
      throw new UnusableImageException(
          Problem.MISSING_IMAGE,
          Files.isSymbolicLink(annotated.file()) ? "found a link that leads nowhere" : "not found");
    } catch (IOException e) {
      throw new UnusableImageException(
          Problem.CORRUPT_IMAGE, "cannot be read: " + FileError.reason(e));
    }
  }

  private static Mat decode(byte[] file, int flags) throws UnusableImageException {
    MatOfByte source = new MatOfByte(file);
    try {
      Mat stored = Imgcodecs.imdecode(source, flags);
      if (stored.empty() || stored.channels() != 3) {
        stored.release();
        throw new UnusableImageException(
            Problem.CORRUPT_IMAGE, "found " + file.length + " bytes that do not decode");
      }
      return stored;
    } catch (CvException e) {
      UnusableImageException corrupt =
          new UnusableImageException(
              Problem.CORRUPT_IMAGE, "found " + file.length + " bytes that do not decode");
      corrupt.initCause(e);
      throw corrupt;
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
      AnnotatedBox moved =
          new AnnotatedBox(
              box.annotationId(),
              box.label(),
              box.crowd(),
              x,
              y,
              w,
              h,
              box.area() < 0 ? w * h : box.area());
      if (Boxes.outside(moved, width, height)) {
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
      placed.add(moved);
    }
    return placed;
  }
}
