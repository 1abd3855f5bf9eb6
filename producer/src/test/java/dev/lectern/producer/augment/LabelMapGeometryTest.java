package dev.lectern.producer.augment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.producer.dataset.AnnotatedBox;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.random.SplitMix64;
import dev.lectern.schemas.view.CanvasSize;
import dev.lectern.schemas.view.LabelPixels;
import dev.lectern.schemas.view.OpenCvLibrary;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;
import org.opencv.imgproc.Imgproc;

/** Label maps of views against the pixels of images that are black and white like their maps. */
class LabelMapGeometryTest {
  private static final int WIDTH = 96;
  private static final int HEIGHT = 72;
  private static final int PADDING = 100;
  private static final int VIEWS = 12;
  private static final int PLANS = 10;

  /** Every step that moves or mixes, each with a wide range. */
  static final List<String> STEPS =
      List.of(
          "{step: flip-horizontal, probability: 1}",
          "{step: flip-vertical, probability: 1}",
          "{step: crop, sides: [0.4, 0.9]}",
          "{step: iou-crop, probability: 1}",
          "{step: expand, factor: [1, 2]}",
          "{step: letterbox}",
          "{step: stretch}",
          "{step: multi-scale, factor: [0.6, 1.8]}",
          "{step: affine, scale: [0.5, 1.6], rotate: [-180, 180],"
              + " shear: [-20, 20], translate: [-0.2, 0.2]}",
          "{step: perspective, strength: [-0.2, 0.2]}",
          "{step: mosaic, tiles: 4}",
          "{step: mosaic, tiles: 9}",
          "{step: copy-paste, probability: 1}");

  @BeforeAll
  static void load() {
    OpenCvLibrary.load();
  }

  @ParameterizedTest
  @FieldSource("STEPS")
  void aLabelMapGoesWhereItsImageGoes(String step) {
    assertThat(compared(plan(step), step)).isGreaterThan(1000);
  }

  @Test
  void aCutOutHasNoClass() {
    String step = "{step: cutout, probability: 1}";
    assertThat(compared(plan(step), step)).isGreaterThan(1000);
  }

  @Test
  void labelMapsOfRandomPlansGoWhereTheirImagesGo() {
    SplitMix64 random = new SplitMix64(3);
    int inside = 0;
    for (int i = 0; i < PLANS; i++) {
      Set<String> steps = new LinkedHashSet<>();
      for (int n = 2 + random.nextInt(3); n > 0; n--) {
        steps.add(STEPS.get(random.nextInt(STEPS.size())));
      }
      steps.add("{step: cutout}");
      String plan = String.join(", ", steps);
      inside += compared(plan(plan), plan);
    }
    assertThat(inside).isGreaterThan(1000 * PLANS);
  }

  /** Compares some views; returns how many pixels both say are inside. */
  private static int compared(ViewPlan plan, String steps) {
    Picture own = new Picture("own", 130, 110, List.of(box("own")));
    Picture other = new Picture("other", 90, 140, List.of(box("other")));
    int inside = 0;
    for (int number = 0; number < VIEWS; number++) {
      PlannedView view = plan.view(own, number, at -> other);

      // When
      Mat canvas =
          ViewRenderer.render(view, (p, use) -> lend(p, CvType.CV_8UC3, Scalar.all(255), use));
      byte[] labels =
          ViewRenderer.labels(view, (p, use) -> lend(p, CvType.CV_8UC1, new Scalar(1), use));

      // Then: where bilinear resampling mixes nothing, both say the same
      for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
          int grey = (int) canvas.get(y, x)[0];
          int label = Byte.toUnsignedInt(labels[y * WIDTH + x]);
          String where = steps + " view " + number + " at " + x + ", " + y;
          if (label == LabelPixels.IGNORED) {
            assertThat(grey).as(where).isEqualTo(PADDING);
          } else if (grey == 0 || grey == 255) {
            assertThat(label).as(where).isEqualTo(grey / 255);
            inside += label;
          }
        }
      }
      canvas.release();
    }
    return inside;
  }

  @Test
  void blendedImagesHaveTheClassesOfTheHeavierOne() {
    PlannedView view =
        plan("{step: mixup, probability: 1, share: [0.4, 0.4]}")
            .view(
                new Picture("own", WIDTH, HEIGHT, List.of()),
                1,
                at -> new Picture("b", WIDTH, HEIGHT, List.of()));

    byte[] labels = ViewRenderer.labels(view, LabelMapGeometryTest::ofOneClass);

    byte[] expected = new byte[WIDTH * HEIGHT];
    Arrays.fill(expected, (byte) 7);
    assertThat(labels).isEqualTo(expected);
  }

  @Test
  void equallyBlendedImagesSayNothingWhereTheyDiffer() {
    PlannedView view =
        plan("{step: mixup, probability: 1, share: [0.5, 0.5]}")
            .view(
                new Picture("own", WIDTH, HEIGHT, List.of()),
                1,
                at -> new Picture("b", WIDTH, HEIGHT, List.of()));

    byte[] labels = ViewRenderer.labels(view, LabelMapGeometryTest::ofOneClass);

    assertThat(labels).containsOnly(LabelPixels.IGNORED);
  }

  /** All of class 3 or 7. */
  private static void ofOneClass(Picture picture, java.util.function.Consumer<Mat> use) {
    Mat image =
        new Mat(HEIGHT, WIDTH, CvType.CV_8UC1, new Scalar(picture.imageId().equals("own") ? 3 : 7));
    use.accept(image);
    image.release();
  }

  /** Zero, with a rectangle of one value. */
  /** Shows some of the marked pixels and some of the others. */
  private static AnnotatedBox box(String id) {
    return new AnnotatedBox(id, 0, false, 10, 20, 50, 40, -1);
  }

  private static void lend(
      Picture picture, int type, Scalar value, java.util.function.Consumer<Mat> use) {
    Mat image = new Mat(picture.height(), picture.width(), type, Scalar.all(0));
    Imgproc.rectangle(image, new Rect(20, 30, 50, 45), value, Imgproc.FILLED);
    use.accept(image);
    image.release();
  }

  private static ViewPlan plan(String step) {
    return new ViewPlan(
        new CanvasSize(WIDTH, HEIGHT),
        ResizeMode.LETTERBOX,
        PADDING,
        VIEWS,
        5,
        ConfigLoader.bind("steps: [" + step + "]", List.of(), AugmentPlan.class, "test"));
  }
}
