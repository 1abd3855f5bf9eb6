package dev.lectern.producer.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.producer.augment.Cut.Window;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.record.TransformStep;
import dev.lectern.schemas.view.Affine;
import dev.lectern.schemas.view.CanvasSize;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ViewPlanTest {
  private static final Augmentation OFF =
      ConfigLoader.of(
          """
          flip-probability: 0
          crop-probability: 0
          crop: [1, 1]
          scale: [1, 1]
          brightness: [1, 1]
          contrast: [1, 1]
          saturation: [1, 1]
          hue: [0, 0]
          """,
          Augmentation.class);

  @Test
  void theGeneratorIsTheOneThatIsDocumented() {
    // From an independent program: SHA-256 of "1|img|1", SplitMix64, upper 53 bits.
    ViewRandom random = new ViewRandom(1, "img", 1);
    assertThat(random.next()).isEqualTo(0.2294868841694767);
    assertThat(random.next()).isEqualTo(0.4510879180529601);
    assertThat(random.next()).isEqualTo(0.24701224395814703);
    assertThat(new ViewRandom(-7, "bild-ä#2", 3).next()).isEqualTo(0.5309321514379131);
  }

  @Test
  void theNumbersOfAViewArePinned() {
    // From an independent program that follows the documented order of draws.
    PlannedView view =
        view(plan(ResizeMode.LETTERBOX, Augmentation.standard()), "img", 1, 640, 480);

    assertThat(view.cut().mirrored()).isTrue();
    assertThat(view.cut().window()).isEqualTo(new Window(245, 24, 392, 377));
    assertThat(List.of(view.validWidth(), view.validHeight())).isEqualTo(List.of(416, 400));
    assertThat(view.geometry().get(view.geometry().size() - 1).getParameters().get("scale"))
        .isCloseTo(1.0179733187457605, within(1e-15));
    assertThat(view.ownColors().get(0).hue()).isCloseTo(-0.7191805315574022, within(1e-12));
  }

  @Test
  void viewZeroOfALetterboxFitsTheImageToTheUpperLeft() {
    PlannedView view = view(plan(ResizeMode.LETTERBOX, Augmentation.standard()), "a", 0, 640, 427);

    // 416 / 640 = 0.65; 427 * 0.65 = 277.55
    assertThat(view.validWidth()).isEqualTo(416);
    assertThat(view.validHeight()).isEqualTo(278);
    assertThat(view.cut().affine()).isEqualTo(Affine.scale(416 / 640.0, 278 / 427.0));
    assertThat(view.steps()).extracting(TransformStep::getName).containsExactly("letterbox");
    assertThat(view.ownColors()).isEmpty();
  }

  @Test
  void viewZeroOfAStretchFillsTheCanvas() {
    PlannedView view = view(plan(ResizeMode.STRETCH, Augmentation.standard()), "a", 0, 640, 427);

    assertThat(view.validWidth()).isEqualTo(416);
    assertThat(view.validHeight()).isEqualTo(416);
    assertThat(view.cut().affine()).isEqualTo(Affine.scale(416 / 640.0, 416 / 427.0));
    assertThat(view.steps()).extracting(TransformStep::getName).containsExactly("stretch");
  }

  @ParameterizedTest
  @EnumSource(ResizeMode.class)
  void withEveryOperationOffAllViewsAreThePlainOne(ResizeMode resize) {
    ViewPlan plan = plan(resize, OFF);

    PlannedView plain = view(plan, "a", 0, 333, 500);
    PlannedView other = view(plan, "a", 3, 333, 500);

    assertThat(other.cut().affine()).isEqualTo(plain.cut().affine());
    assertThat(other.steps()).isEqualTo(plain.steps());
  }

  @ParameterizedTest
  @EnumSource(ResizeMode.class)
  void everyViewStaysWithinImageAndCanvas(ResizeMode resize) {
    ViewPlan plan =
        new ViewPlan(
            new CanvasSize(320, 256),
            resize,
            114,
            400,
            5,
            ConfigLoader.of(
                    "{crop-probability: 0.7, crop: [0.05, 1], scale: [0.1, 8]}", Augmentation.class)
                .asPlan());
    int[][] sizes = {{640, 480}, {1, 1}, {3, 2000}, {320, 256}, {17, 5}};
    boolean flipped = false;
    boolean padded = false;
    boolean zoomed = false;

    for (int[] size : sizes) {
      for (int k = 0; k < 400; k++) {
        PlannedView view = view(plan, "x", k, size[0], size[1]);
        Window w = view.cut().window();
        assertThat(w.x()).isBetween(0, size[0] - w.width());
        assertThat(w.y()).isBetween(0, size[1] - w.height());
        assertThat(w.width()).isPositive();
        assertThat(w.height()).isPositive();
        assertThat(view.validWidth()).isBetween(1, 320);
        assertThat(view.validHeight()).isBetween(1, 256);
        double[] onCanvas =
            view.cut()
                .affine()
                .applyToBox(
                    view.cut().mirrored() ? size[0] - w.x() - w.width() : w.x(),
                    w.y(),
                    view.cut().mirrored() ? size[0] - w.x() : w.x() + w.width(),
                    w.y() + w.height());
        assertThat(onCanvas)
            .containsExactly(
                new double[] {0, 0, view.validWidth(), view.validHeight()}, within(1e-6));
        flipped |= view.cut().mirrored();
        padded |= view.validWidth() < 320 && view.validHeight() < 256;
        zoomed |= w.width() < size[0] && view.validWidth() == 320;
      }
    }
    assertThat(flipped && padded && zoomed).isTrue();
  }

  @Test
  void turningOneOperationOffLeavesTheOthersAsTheyWere() {
    Augmentation standard = Augmentation.standard();
    Augmentation noFlip = ConfigLoader.of("flip-probability: 0", Augmentation.class);
    for (int k = 1; k < 50; k++) {
      PlannedView with = view(plan(ResizeMode.LETTERBOX, standard), "a", k, 640, 480);
      PlannedView without = view(plan(ResizeMode.LETTERBOX, noFlip), "a", k, 640, 480);
      assertThat(without.cut().mirrored()).isFalse();
      assertThat(without.cut().window()).isEqualTo(with.cut().window());
      assertThat(without.ownColors()).isEqualTo(with.ownColors());
    }
  }

  @Test
  void seedImageAndNumberEachChangeTheView() {
    ViewPlan plan = plan(ResizeMode.LETTERBOX, Augmentation.standard());
    ViewPlan other =
        new ViewPlan(
            plan.size(), plan.resize(), plan.padding(), plan.viewsPerImage(), 2, plan.augment());
    PlannedView view = view(plan, "a", 1, 640, 480);

    assertThat(view(plan, "a", 1, 640, 480).cut()).isEqualTo(view.cut());
    assertThat(view(plan, "a", 1, 640, 480).ownColors()).isEqualTo(view.ownColors());
    assertThat(view(other, "a", 1, 640, 480).ownColors()).isNotEqualTo(view.ownColors());
    assertThat(view(plan, "b", 1, 640, 480).ownColors()).isNotEqualTo(view.ownColors());
    assertThat(view(plan, "a", 2, 640, 480).ownColors()).isNotEqualTo(view.ownColors());
    assertThatThrownBy(() -> view(plan, "a", 50, 640, 480))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("view 50: expected 0 to 49");
  }

  private static PlannedView view(ViewPlan plan, String id, int k, int width, int height) {
    return plan.view(new Picture(id, width, height, List.of()), k, Partners.NONE);
  }

  private static ViewPlan plan(ResizeMode resize, Augmentation augment) {
    return new ViewPlan(new CanvasSize(416, 416), resize, 114, 50, 1, augment.asPlan());
  }
}
