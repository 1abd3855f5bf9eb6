package dev.lectern.producer.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.producer.Pictures;
import dev.lectern.producer.dataset.AnnotatedBox;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.view.CanvasSize;
import dev.lectern.schemas.view.OpenCvLibrary;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

class ViewRendererTest {
  @BeforeAll
  static void load() {
    OpenCvLibrary.load();
  }

  @Test
  void viewZeroIsExactlyWhatReferenceModelsResizeTo() {
    // Given
    Mat image = mat(Pictures.gradient(123, 77));
    Mat expected = new Mat();
    Imgproc.resize(image, expected, new Size(96, 64), 0, 0, Imgproc.INTER_LINEAR);

    // When
    Mat stretched = render(plain(plan(ResizeMode.STRETCH, 96, 64), 123, 77), image);

    // Then
    assertThat(Core.norm(stretched, expected, Core.NORM_INF)).isZero();
  }

  @Test
  void whatALetterboxDoesNotCoverIsPadding() {
    Mat image = new Mat(50, 100, CvType.CV_8UC3, new Scalar(1, 2, 3));

    Mat canvas = render(plain(plan(ResizeMode.LETTERBOX, 64, 64), 100, 50), image);

    assertThat(canvas.get(31, 63)).containsExactly(1, 2, 3);
    assertThat(canvas.get(32, 0)).containsExactly(114, 114, 114);
    assertThat(canvas.get(63, 63)).containsExactly(114, 114, 114);
  }

  @ParameterizedTest
  @EnumSource(ResizeMode.class)
  void boxesAndPixelsMoveTogether(ResizeMode resize) {
    // Given: a white rectangle, its box, and plans that only move things
    BufferedImage picture =
        Pictures.withRectangle(BufferedImage.TYPE_3BYTE_BGR, 300, 200, 120, 70, 60, 50);
    Mat image = mat(picture);
    List<AnnotatedBox> boxes = List.of(new AnnotatedBox("1", 0, false, 120, 70, 60, 50, -1));
    Augmentation geometry =
        new Augmentation(
            0.5,
            0.5,
            new Range(0.4, 1.0),
            new Range(0.6, 2.0),
            new Range(1.0, 1.0),
            new Range(1.0, 1.0),
            new Range(1.0, 1.0),
            new Range(0.0, 0.0),
            0.0,
            0.0);
    ViewPlan plan = new ViewPlan(new CanvasSize(160, 128), resize, 0, 60, 3, geometry.asPlan());

    for (int k = 0; k < 60; k++) {
      // When
      PlannedView view = plan.view(new Picture("a", 300, 200, boxes), k, Partners.NONE);
      Mat canvas = render(view, image);
      List<GroundTruth> truths = GroundTruthProjection.of(view);

      // Then: the white area is that of the box, and so is its centre
      double white = Core.sumElems(canvas).val[0] / 255;
      if (truths.isEmpty()) {
        assertThat(white).isLessThan(40);
        continue;
      }
      GroundTruth box = truths.get(0);
      double width = box.getX2() - box.getX1();
      double height = box.getY2() - box.getY1();
      assertThat(white).as("view %d", k).isCloseTo(width * height, within(1.5 * (width + height)));
      Mat grey = new Mat();
      Core.extractChannel(canvas, grey, 0);
      var moments = Imgproc.moments(grey);
      if (width > 4 && height > 4) {
        assertThat(moments.m10 / moments.m00 + 0.5)
            .isCloseTo((box.getX1() + box.getX2()) / 2, within(0.35));
        assertThat(moments.m01 / moments.m00 + 0.5)
            .isCloseTo((box.getY1() + box.getY2()) / 2, within(0.35));
      }
      grey.release();
      canvas.release();
    }
  }

  @Test
  void coloursFollowTheirFormulas() {
    // b, g, r = 40, 100, 200: Y = 0.299*200 + 0.587*100 + 0.114*40 = 123.06
    assertColor(new ColorJitter(1, 1, 0, 0), 123, 123, 123);
    assertColor(new ColorJitter(1.2, 1, 1, 0), 48, 120, 240);
    // 127.5 + 0.5 * (v - 127.5)
    assertColor(new ColorJitter(1, 0.5, 1, 0), 84, 114, 164);
    // U = 0.492*(40-123.06) = -40.866, V = 0.877*(200-123.06) = 67.476; half a turn: -U, -V
    // B = Y + 83.06 = 206.12, R = Y - 76.94 = 46.12, G = 146.12
    assertColor(new ColorJitter(1, 1, 1, 180), 206, 146, 46);
    assertColor(new ColorJitter(1, 1, 1, 360), 40, 100, 200);
    assertColor(new ColorJitter(2, 1, 1, 0), 80, 200, 255);
  }

  @Test
  void paddingKeepsItsValueWhateverHappensToTheColours() {
    Mat image = new Mat(10, 20, CvType.CV_8UC3, new Scalar(40, 100, 200));
    PlannedView plain = plain(plan(ResizeMode.LETTERBOX, 20, 20), 20, 10);

    Mat canvas = render(colored(plain, new ColorJitter(0, 1, 1, 0)), image);

    assertThat(canvas.get(5, 5)).containsExactly(0, 0, 0);
    assertThat(canvas.get(15, 5)).containsExactly(114, 114, 114);
  }

  @Test
  void pngLosesNothingAndJpegLittle() {
    Mat image = mat(Pictures.gradient(64, 48));

    byte[] png = new CanvasEncoder(PixelFormat.PNG, 1).encode(image);
    byte[] jpeg = new CanvasEncoder(PixelFormat.JPEG, 100).encode(image);
    byte[] small = new CanvasEncoder(PixelFormat.JPEG, 50).encode(image);

    assertThat(Core.norm(decode(png), image, Core.NORM_INF)).isZero();
    assertThat(Core.norm(decode(jpeg), image, Core.NORM_L1) / (64 * 48 * 3)).isLessThan(12);
    assertThat(small.length).isLessThan(jpeg.length);
  }

  private static void assertColor(ColorJitter jitter, int... expected) {
    Mat image = new Mat(4, 4, CvType.CV_8UC3, new Scalar(40, 100, 200));
    PlannedView plain = plain(plan(ResizeMode.STRETCH, 4, 4), 4, 4);

    double[] pixel = render(colored(plain, jitter), image).get(1, 1);

    for (int c = 0; c < 3; c++) {
      assertThat(pixel[c]).as("%s channel %d", jitter, c).isCloseTo(expected[c], within(0.51));
    }
  }

  private static PlannedView colored(PlannedView view, ColorJitter jitter) {
    return new PlannedView(
        1,
        view.plan(),
        view.picture(),
        view.cut(),
        view.sheets().stream().map(sheet -> sheet.map(layer -> layer.with(jitter))).toList(),
        view.validWidth(),
        view.validHeight(),
        view.geometry(),
        view.changes());
  }

  private static ViewPlan plan(ResizeMode resize, int width, int height) {
    return new ViewPlan(
        new CanvasSize(width, height), resize, 114, 1, 0, Augmentation.standard().asPlan());
  }

  private static PlannedView plain(ViewPlan plan, int width, int height) {
    return plan.view(new Picture("a", width, height, List.of()), 0, Partners.NONE);
  }

  private static Mat render(PlannedView view, Mat image) {
    return ViewRenderer.render(view, ViewRenderer.Pixels.of(image));
  }

  private static Mat mat(BufferedImage picture) {
    return decode(Pictures.encoded(picture, "png"));
  }

  private static Mat decode(byte[] encoded) {
    return Imgcodecs.imdecode(new MatOfByte(encoded), Imgcodecs.IMREAD_COLOR);
  }
}
