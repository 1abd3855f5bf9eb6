package dev.lectern.producer.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.producer.Shared;
import dev.lectern.producer.dataset.AnnotatedBox;
import dev.lectern.producer.dataset.AnnotatedDataset;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.CocoReader;
import dev.lectern.producer.dataset.DatasetSource;
import dev.lectern.producer.dataset.Problems;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.random.SplitMix64;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.view.CanvasSize;
import dev.lectern.schemas.view.OpenCvLibrary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;
import org.opencv.imgproc.Imgproc;

/**
 * Boxes of random plans against boxes measured in the pixels of marker images: black, with the
 * box's rectangle in white. Views are rendered at four times their size, as the tip of a turned
 * rectangle is smaller than a pixel.
 */
class GeometryOfPlansTest {
  private static final int FINE = 4;
  private static final int PLANS = 150;

  /** Every step that moves or mixes, each with a wide range. */
  private static final List<String> STEPS =
      List.of(
          "{step: flip-horizontal}",
          "{step: flip-vertical}",
          "{step: crop, sides: [0.4, 1]}",
          "{step: iou-crop, probability: 1, min-iou: [0, 0.05]}",
          "{step: expand, factor: [1, 2]}",
          "{step: letterbox}",
          "{step: stretch}",
          "{step: multi-scale, factor: [0.6, 1.8]}",
          "{step: affine, scale: [0.5, 1.6], stretch: [0.8, 1.25], rotate: [-180, 180],"
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
  @EnumSource(ResizeMode.class)
  void boxesAreWhereThePixelsAre(ResizeMode resize) {
    compare(resize, PLANS, GeometryOfPlansTest::pictures);
  }

  /** Images and boxes of photographs as people annotate them. */
  @ParameterizedTest
  @EnumSource(ResizeMode.class)
  void boxesOfPhotographsAreWhereThePixelsAre(ResizeMode resize) {
    List<Picture> photographs = photographs();

    compare(
        resize,
        PLANS / 3,
        random ->
            IntStream.range(0, 4)
                .mapToObj(i -> photographs.get(random.nextInt(photographs.size())))
                .distinct()
                .toList());
  }

  private static void compare(
      ResizeMode resize, int plans, Function<SplitMix64, List<Picture>> source) {
    SplitMix64 random = new SplitMix64(resize.ordinal() + 11);
    int compared = 0;
    int moved = 0;
    for (int i = 0; i < plans; i++) {
      // Given: one to four steps, and mixup at the end of every third plan
      List<String> steps = new ArrayList<>();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        steps.add(STEPS.get(random.nextInt(STEPS.size())));
      }
      if (i % 3 == 0) {
        steps.add("{step: mixup, probability: 1}");
      }
      ViewPlan plan = plan(resize, 0, steps);
      List<Picture> pictures = source.apply(random);

      // When
      PlannedView view =
          plan.view(pictures.get(0), 1, at -> pictures.get((int) (at * pictures.size())));
      List<GroundTruth> truths = GroundTruthProjection.of(view);

      // Then
      for (GroundTruth truth : truths) {
        Picture marked =
            pictures.stream()
                .filter(p -> p.imageId().equals(truth.getAnnotationId()))
                .findFirst()
                .orElseThrow();
        double share = shareOfOnly(view, marked);
        if (share > 0) {
          assertThat(measured(view, marked, share))
              .as("%s %s", steps, marked)
              .containsExactly(
                  new double[] {truth.getX1(), truth.getY1(), truth.getX2(), truth.getY2()},
                  within(1.0));
          compared++;
          moved += view.cut() == null ? 1 : 0;
        }
      }
    }
    assertThat(compared).isGreaterThan(plans / 2);
    assertThat(moved).isGreaterThan(plans / 3);
  }

  @Test
  void aTurnedImageIsResampledAtPixelCentres() {
    // Given: a half turn of a whole canvas, which maps pixel centres to pixel centres
    ViewPlan plan = plan(ResizeMode.STRETCH, 0, List.of("{step: affine, rotate: [180, 180]}"));
    Mat image = new Mat(60, 80, CvType.CV_8UC3);
    Core.randu(image, 0, 255);
    Mat expected = new Mat();
    Core.rotate(image, expected, Core.ROTATE_180);

    // When
    Mat canvas =
        ViewRenderer.render(
            plan.view(new Picture("a", 80, 60, List.of()), 1, Partners.NONE),
            ViewRenderer.Pixels.of(image));

    // Then
    assertThat(Core.norm(canvas, expected, Core.NORM_INF)).isZero();
  }

  @Test
  void mixupIsTheWeightedSumWithTheBoxesOfBoth() {
    // Given
    ViewPlan plan =
        plan(ResizeMode.STRETCH, 0, List.of("{step: mixup, probability: 1, share: [0.4, 0.4]}"));
    Picture own = new Picture("a", 80, 60, List.of(box("a", 10, 10, 20, 20, false)));
    Picture other = new Picture("b", 80, 60, List.of(box("b", 30, 30, 20, 20, false)));
    Mat light = new Mat(60, 80, CvType.CV_8UC3, Scalar.all(200));
    Mat dark = new Mat(60, 80, CvType.CV_8UC3, Scalar.all(50));

    // When
    PlannedView view = plan.view(own, 1, at -> other);
    Mat canvas = ViewRenderer.render(view, (p, use) -> use.accept(p == own ? light : dark));

    // Then: 0.4 200 + 0.6 50 = 110
    assertThat(canvas.get(0, 0)).containsExactly(110, 110, 110);
    assertThat(GroundTruthProjection.of(view))
        .extracting(GroundTruth::getAnnotationId)
        .containsExactly("a", "b");
  }

  @Test
  void aBoxThatIsCoveredTooMuchIsLeftOutACrowdRegionIsNot() {
    // Given: a hole that covers three quarters of the canvas's width
    Picture picture =
        new Picture(
            "a",
            80,
            60,
            List.of(box("box", 0, 0, 80, 60, false), box("crowd", 0, 0, 80, 60, true)));
    List<String> hole = List.of("{step: cutout, probability: 1, count: [1, 1], sides: [0.9, 0.9]}");

    // When, then: 1 - 0.9^2 = 0.19 is visible
    assertThat(ids(plan(ResizeMode.STRETCH, 0.18, hole), picture)).containsExactly("box", "crowd");
    assertThat(ids(plan(ResizeMode.STRETCH, 0.20, hole), picture)).containsExactly("crowd");
  }

  @Test
  void aMosaicShowsNoImageBeyondItsTileAndKeepsCrowds() {
    ViewPlan plan = plan(ResizeMode.LETTERBOX, 0.3, List.of("{step: mosaic}"));
    Picture own = new Picture("a", 80, 60, List.of(box("crowd", 0, 0, 80, 60, true)));

    PlannedView view = plan.view(own, 1, at -> new Picture("b", 60, 60, List.of()));

    assertThat(view.sheets().get(0).layers()).hasSize(4);
    List<GroundTruth> truths = GroundTruthProjection.of(view);
    assertThat(truths).hasSize(1);
    assertThat(truths.get(0).getCrowd()).isTrue();
    assertThat(view.transform().getAffine()).isEmpty();
    assertThat(view.transform().getParts()).hasSize(4);
    assertThat(view.transform().getParts().get(0).getImageId()).isEqualTo("a");
  }

  private static List<String> ids(ViewPlan plan, Picture picture) {
    return GroundTruthProjection.of(plan.view(picture, 1, Partners.NONE)).stream()
        .map(GroundTruth::getAnnotationId)
        .toList();
  }

  private static ViewPlan plan(ResizeMode resize, double minVisible, List<String> steps) {
    String yaml =
        "min-visible: %s%nmin-side: 3%nsteps: [%s]".formatted(minVisible, String.join(", ", steps));
    return new ViewPlan(
        new CanvasSize(80, 60),
        resize,
        0,
        2,
        5,
        ConfigLoader.bind(yaml, List.of(), AugmentPlan.class, "test"));
  }

  /** Four images, larger than the canvas, each with a box that bears its id. */
  private static List<Picture> pictures(SplitMix64 random) {
    List<Picture> pictures = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int width = 600 + random.nextInt(400);
      int height = 600 + random.nextInt(400);
      int boxWidth = 120 + random.nextInt(300);
      int boxHeight = 120 + random.nextInt(300);
      AnnotatedBox box =
          box(
              "p" + i,
              random.nextInt(width) - boxWidth / 3,
              random.nextInt(height) - boxHeight / 3,
              boxWidth,
              boxHeight,
              false);
      pictures.add(new Picture("p" + i, width, height, List.of(box)));
    }
    return pictures;
  }

  /** One of each photograph that has a large object, with that alone, on whole pixels. */
  private static List<Picture> photographs() {
    Path data = Shared.data("coco-mini");
    AnnotatedDataset dataset =
        new CocoReader(null)
            .read(
                List.of(
                    DatasetSource.of(
                        null,
                        data.resolve("annotations/instances_val2017.json"),
                        data.resolve("val2017"))),
                new Problems());
    List<Picture> pictures = new ArrayList<>();
    for (AnnotatedImage image : dataset.images()) {
      image.boxes().stream()
          .filter(box -> !box.crowd() && Math.min(box.width(), box.height()) > 80)
          .findFirst()
          .ifPresent(
              box ->
                  pictures.add(
                      new Picture(
                          image.imageId(),
                          image.width(),
                          image.height(),
                          List.of(
                              box(
                                  image.imageId(),
                                  Math.round(box.x()),
                                  Math.round(box.y()),
                                  Math.round(box.width()),
                                  Math.round(box.height()),
                                  false)))));
    }
    assertThat(pictures).hasSizeGreaterThan(30);
    return pictures;
  }

  private static AnnotatedBox box(
      String id, double x, double y, double width, double height, boolean crowd) {
    return new AnnotatedBox(id, 0, crowd, x, y, width, height, -1);
  }

  /** The share of the sheet that shows an image once and wholly uncovered; 0 if there is none. */
  private static double shareOfOnly(PlannedView view, Picture picture) {
    double share = 0;
    for (Sheet sheet : view.sheets()) {
      for (int i = 0; i < sheet.layers().size(); i++) {
        Layer layer = sheet.layers().get(i);
        if (layer.picture() == picture) {
          boolean covered =
              sheet.layers().stream()
                  .skip(i + 1)
                  .anyMatch(above -> layer.visible().clip(above.visible()).area() > 1e-6);
          if (share > 0 || covered) {
            return 0;
          }
          share = sheet.share();
        }
      }
    }
    return share;
  }

  /** The box of what is white, in pixels of the canvas. */
  private static double[] measured(PlannedView view, Picture marked, double share) {
    Mat canvas =
        ViewRenderer.render(
            enlarged(view),
            (picture, use) -> {
              Mat image = new Mat(picture.height(), picture.width(), CvType.CV_8UC3, Scalar.all(0));
              if (picture == marked) {
                AnnotatedBox box = picture.boxes().get(0);
                Imgproc.rectangle(
                    image,
                    new Rect((int) box.x(), (int) box.y(), (int) box.width(), (int) box.height()),
                    Scalar.all(255),
                    Imgproc.FILLED);
              }
              use.accept(image);
              image.release();
            });
    Mat grey = new Mat();
    Core.extractChannel(canvas, grey, 0);
    Imgproc.threshold(grey, grey, 127 * share, 255, Imgproc.THRESH_BINARY);
    Rect white = Imgproc.boundingRect(grey);
    grey.release();
    canvas.release();
    return new double[] {
      white.x / (double) FINE,
      white.y / (double) FINE,
      (white.x + white.width) / (double) FINE,
      (white.y + white.height) / (double) FINE
    };
  }

  private static PlannedView enlarged(PlannedView view) {
    ViewPlan plan = view.plan();
    Projective larger = Projective.scale(FINE, FINE);
    Cut cut = view.cut();
    return new PlannedView(
        view.viewNumber(),
        new ViewPlan(
            new CanvasSize(FINE * plan.size().width(), FINE * plan.size().height()),
            plan.resize(),
            plan.padding(),
            plan.viewsPerImage(),
            plan.seed(),
            plan.augment()),
        view.picture(),
        cut == null
            ? null
            : new Cut(
                cut.source(),
                cut.mirrored(),
                cut.window(),
                FINE * cut.width(),
                FINE * cut.height()),
        view.sheets().stream().map(sheet -> sheet.map(layer -> layer.then(larger))).toList(),
        FINE * view.validWidth(),
        FINE * view.validHeight(),
        view.geometry(),
        view.changes());
  }
}
