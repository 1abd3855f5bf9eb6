package dev.lectern.producer.augment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.producer.augment.Cut.Window;
import dev.lectern.producer.dataset.AnnotatedBox;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.view.CanvasSize;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroundTruthProjectionTest {
  // An image of 100x80 on a canvas of 50x40: half the size.
  private static final ViewPlan PLAN =
      new ViewPlan(
          new CanvasSize(50, 40),
          ResizeMode.STRETCH,
          114,
          2,
          0,
          ConfigLoader.of("min-visible: 0.5", Augmentation.class).asPlan());

  @Test
  void aBoxIsScaledAndKeepsWhatWasAnnotated() {
    GroundTruth truth = plain(new AnnotatedBox("7", 3, true, 10, 20, 30, 40, 99.5)).get(0);

    assertThat(corners(truth)).containsExactly(5, 10, 20, 30);
    assertThat(truth.getLabel()).isEqualTo(3);
    assertThat(truth.getCrowd()).isTrue();
    assertThat(truth.getAnnotationId()).isEqualTo("7");
    assertThat(truth.getSourceBox()).containsExactly(10.0, 20.0, 30.0, 40.0);
    assertThat(truth.getSourceArea()).isEqualTo(99.5);
  }

  @Test
  void aBoxThatReachesBeyondTheImageIsClippedToIt() {
    GroundTruth truth = plain(box(-10, 70, 30, 40)).get(0);

    assertThat(corners(truth)).containsExactly(0, 35, 10, 40);
    assertThat(truth.getSourceBox()).containsExactly(-10.0, 70.0, 30.0, 40.0);
  }

  @Test
  void viewZeroKeepsTheSmallestBox() {
    assertThat(plain(box(10, 10, 0.01, 0.01))).hasSize(1);
  }

  @Test
  void aFlipMirrorsLeftAndRight() {
    // 10..40 of 100 becomes 60..90, halved 30..45
    GroundTruth truth =
        onto(cut(true, new Window(0, 0, 100, 80), 50, 40), box(10, 20, 30, 40)).get(0);

    assertThat(corners(truth)).containsExactly(30, 10, 45, 30);
  }

  @Test
  void aBoxThatIsCutStaysIfEnoughOfItIsVisible() {
    // The window shows 20..70 x 0..40 at full size.
    Cut cut = cut(false, new Window(20, 0, 50, 40), 50, 40);

    assertThat(onto(cut, box(10, 10, 20, 10))).hasSize(1); // 10 of 20 columns: 0.5
    assertThat(onto(cut, box(9, 10, 20, 10))).isEmpty(); // 9 of 20: 0.45
    assertThat(onto(cut, new AnnotatedBox("1", 0, true, 9, 10, 20, 10, -1))).hasSize(1);
    assertThat(onto(cut, box(80, 10, 10, 10))).isEmpty();
    assertThat(corners(onto(cut, box(10, 10, 20, 10)).get(0))).containsExactly(0, 10, 10, 20);
  }

  @Test
  void whatIsOutsideTheImageDoesNotCountAsHidden() {
    // 4 of 20 columns lie in the image, all of them on the canvas.
    Cut all = cut(false, new Window(0, 0, 100, 80), 50, 40);

    assertThat(onto(all, box(-16, 10, 20, 20))).hasSize(1);
  }

  @Test
  void aBoxThatBecomesTooSmallIsLeftOut() {
    Cut half = cut(false, new Window(0, 0, 100, 80), 50, 40);

    assertThat(onto(half, box(10, 10, 4, 20))).hasSize(1);
    assertThat(onto(half, box(10, 10, 3.9, 20))).isEmpty();
  }

  private static List<GroundTruth> plain(AnnotatedBox box) {
    return GroundTruthProjection.of(
        PLAN.view(new Picture("a", 100, 80, List.of(box)), 0, Partners.NONE));
  }

  private static List<GroundTruth> onto(Cut cut, AnnotatedBox box) {
    Picture picture = new Picture("a", 100, 80, List.of(box));
    Layer layer =
        new Layer(
            picture,
            Projective.of(cut.affine()),
            Polygon.rectangle(0, 0, cut.width(), cut.height()),
            List.of());
    return GroundTruthProjection.of(
        new PlannedView(
            1,
            PLAN,
            picture,
            cut,
            List.of(new Sheet(1, List.of(layer))),
            cut.width(),
            cut.height(),
            List.of(),
            List.of()));
  }

  private static Cut cut(boolean mirrored, Window window, int width, int height) {
    return new Cut(new Picture("a", 100, 80, List.of()), mirrored, window, width, height);
  }

  private static AnnotatedBox box(double x, double y, double width, double height) {
    return new AnnotatedBox("1", 0, false, x, y, width, height, -1);
  }

  private static double[] corners(GroundTruth t) {
    return new double[] {t.getX1(), t.getY1(), t.getX2(), t.getY2()};
  }
}
