package dev.lectern.producer.augment;

import dev.lectern.schemas.view.OpenCvLibrary;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Makes the pixels of a view.
 *
 * <p>Resizing is bilinear with pixel centres at half-integers and without a low-pass filter:
 * OpenCV's INTER_LINEAR, which reference detectors are trained and measured with.
 */
public final class ViewRenderer {
  static {
    OpenCvLibrary.load();
  }

  private ViewRenderer() {}

  /**
   * Renders one view.
   *
   * @param image the upright image, (height, width, 3) bytes, blue first; left as it is
   * @return the canvas, (height, width, 3) bytes, blue first; the caller releases it
   */
  public static Mat render(PlannedView view, Mat image) {
    if (image.cols() != view.sourceWidth() || image.rows() != view.sourceHeight()) {
      throw new IllegalArgumentException(
          "image is "
              + image.cols()
              + "x"
              + image.rows()
              + ", planned for "
              + view.sourceWidth()
              + "x"
              + view.sourceHeight());
    }
    int width = view.plan().size().width();
    int height = view.plan().size().height();
    PlannedView.Window w = view.window();
    int left = view.flip() ? view.sourceWidth() - w.x() - w.width() : w.x();
    Mat canvas = new Mat(height, width, CvType.CV_8UC3, Scalar.all(view.plan().padding()));
    Mat window = image.submat(new Rect(left, w.y(), w.width(), w.height()));
    Mat mirrored = new Mat();
    Mat valid = canvas.submat(new Rect(0, 0, view.validWidth(), view.validHeight()));
    Mat resized = new Mat();
    Mat matrix = new Mat();
    try {
      if (view.flip()) {
        Core.flip(window, mirrored, 1);
      }
      Imgproc.resize(
          view.flip() ? mirrored : window,
          resized,
          new Size(view.validWidth(), view.validHeight()),
          0,
          0,
          Imgproc.INTER_LINEAR);
      if (!view.colors().changesNothing()) {
        matrix.create(3, 4, CvType.CV_32F);
        double[][] rows = view.colors().matrix();
        for (int row = 0; row < 3; row++) {
          matrix.put(row, 0, rows[row]);
        }
        Core.transform(resized, resized, matrix);
      }
      resized.copyTo(valid);
      return canvas;
    } finally {
      window.release();
      mirrored.release();
      valid.release();
      resized.release();
      matrix.release();
    }
  }
}
