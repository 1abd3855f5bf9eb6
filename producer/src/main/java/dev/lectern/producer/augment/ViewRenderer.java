package dev.lectern.producer.augment;

import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.view.CanvasSize;
import dev.lectern.schemas.view.LabelPixels;
import dev.lectern.schemas.view.OpenCvLibrary;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

/**
 * Makes the pixels of a view.
 *
 * <p>Resampling is bilinear with pixel centres at half-integers and without a low-pass filter:
 * OpenCV's INTER_LINEAR, which reference detectors are trained and measured with. Each image is
 * resampled once. A pixel of the canvas shows the topmost layer whose region its centre lies in.
 * Label maps go the same way, each pixel taking the class of the nearest one of its image.
 */
public final class ViewRenderer {
  static {
    OpenCvLibrary.load();
  }

  private ViewRenderer() {}

  /** Lends the pixels of images. */
  @FunctionalInterface
  public interface Pixels {
    /**
     * Lends those of one image for the time of a call.
     *
     * @param use gets (height, width, 3) bytes, blue first, and leaves them as they are
     */
    void lend(Picture picture, Consumer<Mat> use);

    /** Those of the one image that there is; the caller keeps them. */
    static Pixels of(Mat image) {
      return (picture, use) -> use.accept(image);
    }
  }

  /**
   * Renders one view.
   *
   * @return the canvas, (height, width, 3) bytes, blue first; the caller releases it
   */
  public static Mat render(PlannedView view, Pixels images) {
    Mat canvas = blank(view);
    if (view.cut() != null) {
      images.lend(view.picture(), image -> cut(view, image, canvas));
    } else {
      sheets(view, images, canvas);
    }
    for (PixelChange change : view.changes()) {
      change(change, view.plan().padding(), canvas);
    }
    return canvas;
  }

  /**
   * Renders the label map of a view. Pixels outside of every image and inside of holes are ignored;
   * where sheets are blended, the class is that of the sheet with the largest share, and pixels in
   * which several of that share differ are ignored.
   *
   * @param images lends label maps, (height, width) bytes
   * @return (height, width) classes of the canvas, row-major
   */
  public static byte[] labels(PlannedView view, Pixels images) {
    Mat canvas = ignored(view);
    if (view.cut() != null) {
      images.lend(view.picture(), image -> cut(view, image, canvas));
    } else {
      labelSheets(view, images, canvas);
    }
    for (PixelChange change : view.changes()) {
      if (change instanceof PixelChange.Hole hole) {
        fill(hole, LabelPixels.IGNORED, canvas);
      }
    }
    return classes(canvas);
  }

  private static Mat ignored(PlannedView view) {
    CanvasSize size = view.plan().size();
    return new Mat(size.height(), size.width(), CvType.CV_8UC1, Scalar.all(LabelPixels.IGNORED));
  }

  private static byte[] classes(Mat canvas) {
    byte[] classes = new byte[canvas.rows() * canvas.cols()];
    canvas.get(0, 0, classes);
    canvas.release();
    return classes;
  }

  private static void labelSheets(PlannedView view, Pixels images, Mat canvas) {
    double largest = view.sheets().stream().mapToDouble(Sheet::share).max().orElse(0);
    byte[] agreed = null;
    for (Sheet sheet : view.sheets()) {
      if (sheet.share() == largest) {
        Mat own = ignored(view);
        for (Layer layer : sheet.layers()) {
          images.lend(layer.picture(), image -> place(layer, image, own));
        }
        byte[] found = classes(own);
        for (int i = 0; agreed != null && i < found.length; i++) {
          found[i] = found[i] == agreed[i] ? found[i] : (byte) LabelPixels.IGNORED;
        }
        agreed = found;
      }
    }
    if (agreed != null) {
      canvas.put(0, 0, agreed);
    }
  }

  /** Label maps have one channel; between two classes there is none. */
  private static boolean holdsClasses(Mat image) {
    return image.channels() == 1;
  }

  private static Mat blank(PlannedView view) {
    CanvasSize size = view.plan().size();
    return new Mat(size.height(), size.width(), CvType.CV_8UC3, Scalar.all(view.plan().padding()));
  }

  private static void requireSize(Picture picture, Mat image) {
    if (image.cols() != picture.width() || image.rows() != picture.height()) {
      throw new IllegalArgumentException(
          "image is "
              + image.cols()
              + "x"
              + image.rows()
              + ", planned for "
              + picture.width()
              + "x"
              + picture.height());
    }
  }

  private static void cut(PlannedView view, Mat image, Mat canvas) {
    requireSize(view.picture(), image);
    Cut cut = view.cut();
    Mat window =
        image.submat(
            new Rect(cut.left(), cut.window().y(), cut.window().width(), cut.window().height()));
    Mat mirrored = new Mat();
    Mat valid = canvas.submat(new Rect(0, 0, cut.width(), cut.height()));
    Mat resized = new Mat();
    try {
      if (cut.mirrored()) {
        Core.flip(window, mirrored, 1);
      }
      Imgproc.resize(
          cut.mirrored() ? mirrored : window,
          resized,
          new Size(cut.width(), cut.height()),
          0,
          0,
          holdsClasses(image) ? Imgproc.INTER_NEAREST_EXACT : Imgproc.INTER_LINEAR);
      recolor(view.ownColors(), resized);
      resized.copyTo(valid);
    } finally {
      window.release();
      mirrored.release();
      valid.release();
      resized.release();
    }
  }

  private static void recolor(List<ColorJitter> colors, Mat pixels) {
    List<ColorJitter> changes = colors.stream().filter(c -> !c.changesNothing()).toList();
    if (changes.isEmpty() || holdsClasses(pixels)) {
      return;
    }
    Mat matrix = new Mat(3, 4, CvType.CV_32F);
    double[][] rows = ColorJitter.matrix(changes);
    for (int row = 0; row < 3; row++) {
      matrix.put(row, 0, rows[row]);
    }
    Core.transform(pixels, pixels, matrix);
    matrix.release();
  }

  /** Blends the sheets; the sums are rounded after each. */
  private static void sheets(PlannedView view, Pixels images, Mat canvas) {
    double before = 0;
    for (Sheet sheet : view.sheets()) {
      Mat next = before == 0 ? canvas : blank(view);
      for (Layer layer : sheet.layers()) {
        images.lend(layer.picture(), image -> place(layer, image, next));
      }
      if (before > 0) {
        double sum = before + sheet.share();
        Core.addWeighted(canvas, before / sum, next, sheet.share() / sum, 0, canvas);
        next.release();
      }
      before += sheet.share();
    }
  }

  private static void place(Layer layer, Mat image, Mat canvas) {
    requireSize(layer.picture(), image);
    double[] bounds = layer.visible().bounds();
    int left = (int) Math.max(0, Math.floor(bounds[0]));
    int top = (int) Math.max(0, Math.floor(bounds[1]));
    int width = (int) Math.min(canvas.cols(), Math.ceil(bounds[2])) - left;
    int height = (int) Math.min(canvas.rows(), Math.ceil(bounds[3])) - top;
    if (width < 1 || height < 1) {
      return;
    }
    // OpenCV's coordinates are 0 at the centre of the first pixel.
    Projective map =
        Projective.translate(0.5, 0.5)
            .then(layer.map())
            .then(Projective.translate(-left - 0.5, -top - 0.5));
    Mat matrix = new Mat(3, 3, CvType.CV_64F);
    matrix.put(0, 0, map.toList().stream().mapToDouble(Double::doubleValue).toArray());
    Mat moved = new Mat();
    Mat target = canvas.submat(new Rect(left, top, width, height));
    Mat mask = mask(layer.visible(), left, top, width, height);
    try {
      Size size = new Size(width, height);
      int resampling = holdsClasses(image) ? Imgproc.INTER_NEAREST : Imgproc.INTER_LINEAR;
      if (map.isAffine()) {
        Mat rows = matrix.rowRange(0, 2);
        Imgproc.warpAffine(image, moved, rows, size, resampling, Core.BORDER_REPLICATE);
        rows.release();
      } else {
        Imgproc.warpPerspective(image, moved, matrix, size, resampling, Core.BORDER_REPLICATE);
      }
      recolor(layer.colors(), moved);
      moved.copyTo(target, mask);
    } finally {
      matrix.release();
      moved.release();
      target.release();
      mask.release();
    }
  }

  /** 255 where the centre of a pixel lies in the region. */
  private static Mat mask(Polygon region, int left, int top, int width, int height) {
    byte[] inside = new byte[width * height];
    for (int y = 0; y < height; y++) {
      double[] span = region.span(top + y + 0.5);
      if (span != null) {
        int from = (int) Math.max(0, Math.ceil(span[0] - 0.5) - left);
        int to = (int) Math.min(width, Math.ceil(span[1] - 0.5) - left);
        if (from < to) {
          Arrays.fill(inside, y * width + from, y * width + to, (byte) 0xFF);
        }
      }
    }
    Mat mask = new Mat(height, width, CvType.CV_8UC1);
    mask.put(0, 0, inside);
    return mask;
  }

  private static void change(PixelChange change, int padding, Mat canvas) {
    if (change instanceof PixelChange.Blur blur) {
      Imgproc.GaussianBlur(canvas, canvas, new Size(0, 0), blur.sigma());
    } else if (change instanceof PixelChange.Noise noise) {
      addNoise(noise, canvas);
    } else if (change instanceof PixelChange.Jpeg jpeg) {
      byte[] encoded = new CanvasEncoder(PixelFormat.JPEG, jpeg.quality()).encode(canvas);
      MatOfByte source = new MatOfByte(encoded);
      Mat decoded = Imgcodecs.imdecode(source, Imgcodecs.IMREAD_COLOR);
      decoded.copyTo(canvas);
      decoded.release();
      source.release();
    } else if (change instanceof PixelChange.Hole hole) {
      fill(hole, padding, canvas);
    }
  }

  private static void fill(PixelChange.Hole hole, int value, Mat canvas) {
    Mat target = canvas.submat(new Rect(hole.x(), hole.y(), hole.width(), hole.height()));
    target.setTo(Scalar.all(value));
    target.release();
  }

  private static void addNoise(PixelChange.Noise noise, Mat canvas) {
    byte[] values = new byte[canvas.rows() * canvas.cols() * 3];
    canvas.get(0, 0, values);
    ViewRandom random = ViewRandom.ofState(noise.state());
    // The sum of four uniform 16-bit numbers has mean 2 (2^16 - 1) and variance (2^32 - 1) / 3.
    double scale = noise.sigma() / Math.sqrt((4294967296.0 - 1) / 3);
    for (int i = 0; i < values.length; i++) {
      long bits = random.bits();
      long sum = (bits & 0xFFFF) + (bits >>> 16 & 0xFFFF) + (bits >>> 32 & 0xFFFF) + (bits >>> 48);
      double value = (values[i] & 0xFF) + scale * (sum - 2 * 65535);
      values[i] = (byte) Math.max(0, Math.min(255, Math.rint(value)));
    }
    canvas.put(0, 0, values);
  }
}
