package dev.lectern.producer.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.ConfigKey;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.TransformStep;
import dev.lectern.schemas.view.CanvasSize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class AugmentPlanTest {
  static final List<String> NAMES = AugmentPlan.NAMES;

  /** The plan of the {@code augment} key, spelt out. */
  private static final String STANDARD =
      """
      steps:
        - {step: flip-horizontal}
        - {step: crop}
        - {step: multi-scale}
        - {step: brightness}
        - {step: contrast}
        - {step: saturation}
        - {step: hue}
      """;

  @Test
  void theRangesOfAugmentAreAPlan() {
    assertThat(bind(STANDARD)).isEqualTo(Augmentation.standard().asPlan());
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void everyNamedPlanMakesViews(String name) {
    AugmentPlan plan = AugmentPlan.load(name);
    ViewPlan views = new ViewPlan(new CanvasSize(64, 64), ResizeMode.LETTERBOX, 114, 9, 1, plan);
    Picture picture = new Picture("a", 100, 80, List.of());

    for (int k = 0; k < 9; k++) {
      PlannedView view = views.view(picture, k, at -> picture);
      assertThat(view.validWidth()).isBetween(1, 64);
    }
    assertThat(plan.mixesImages()).isEqualTo(name.equals("yolov8"));
  }

  @Test
  void everyStepIsOnTheListOnceAndWritesItsName() {
    List<String> names = Step.kinds().stream().map(Step::name).toList();

    assertThat(names).doesNotHaveDuplicates();
    for (String name : names) {
      AugmentPlan plan = bind("steps: [{step: " + name + "}]");
      assertThat(plan.steps().get(0).label()).isEqualTo(name);
      assertThat(ConfigLoader.toYaml(plan)).contains("step: \"" + name + "\"");
      assertThat(bind(ConfigLoader.toYaml(plan))).isEqualTo(plan);
    }
  }

  @Test
  void everyStepDrawsEquallyManyNumbersWhetherItActsOrNot() {
    for (Class<?> kind : Step.kinds()) {
      if (ConfigKey.of(kind).stream().noneMatch(key -> key.name().equals("probability"))) {
        continue;
      }
      String step = "{step: " + Step.name(kind) + ", probability: %d}";
      String probe =
          kind.getEnclosingClass() == Pixels.class
              ? "{step: noise, probability: 1}"
              : "{step: brightness}";
      assertThat(lastNumber(step.formatted(0), probe))
          .as(Step.name(kind))
          .isEqualTo(lastNumber(step.formatted(1), probe));
    }
  }

  private static double lastNumber(String step, String probe) {
    AugmentPlan plan = bind("steps: [" + step + ", " + probe + "]");
    Picture picture = new Picture("a", 100, 80, List.of());
    PlannedView view =
        new ViewPlan(new CanvasSize(64, 64), ResizeMode.LETTERBOX, 114, 2, 1, plan)
            .view(picture, 1, at -> picture);
    List<TransformStep> steps = new ArrayList<>(view.steps());
    TransformStep last =
        steps.stream()
            .filter(s -> s.getName().equals(probe.contains("noise") ? "noise" : "brightness"))
            .reduce((a, b) -> b)
            .orElseThrow();
    return last.getParameters().values().iterator().next();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          steps: [{step: mosiac}]                          | steps.0.step: found 'mosiac' (did you mean 'mosaic'?), expected one of
          steps: [{step: mosaic, tile: 4}]                 | unknown key 'steps.0.tile' (did you mean 'tiles'?)
          steps: [{step: mosaic, tiles: 5}]                | key 'steps.0': tiles: found 5, expected 4 or 9
          steps: [{step: affine, rotate: [9, 1]}]          | key 'steps.0.rotate': found [9.0, 1.0], expected [low, high]
          steps: [{step: affine, rotate: [0, 200]}]        | key 'steps.0': rotate: found [0.0, 200.0], expected numbers between -180.0 and 180.0
          steps: [{step: crop, probability: 2}]            | steps.0.probability: found 2, expected 0 to 1
          steps: [{step: blur}, {step: crop}]              | found crop as step 2 after blur, expected blur, noise, jpeg and cutout after all others
          steps: [{step: mixup}, {step: mosaic}]           | found mosaic as step 2 after mixup, expected mosaic and copy-paste before it
          steps: [{step: cutout, count: [1.5, 2]}]         | count: found [1.5, 2.0], expected whole numbers
          steps: [{step: mosaic, tiles: 9}, {step: mosaic, tiles: 9}, {step: mosaic, tiles: 9}, {step: mosaic, tiles: 9}, {step: mosaic}] | found mosaic as step 5, with which a view shows up to 26244 images, expected at most 20000
          steps: [null]                                    | steps: found an empty one, expected e.g. {step: mosaic}
          steps: [mosaic]                                  | key 'steps.0': expected key: value pairs, one of them 'step'
          steps: [{step: iou-crop, min-iou: [null]}]       | min-iou: found [null], expected a list of numbers from 0 to 1
          steps: [{step: affine, rotate: 5}]               | key 'steps.0.rotate'
          steps: [{step: blur, probability: "NaN"}]        | steps.0.probability: found
          stepps: []                                       | unknown key 'stepps' (did you mean 'steps'?)
          """)
  void aMistakeIsOneLineThatTellsThePlace(String yaml, String message) {
    assertThatThrownBy(() -> bind("{" + yaml + "}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(message)
        .hasMessageNotContainingAny("\n", "dev.lectern");
  }

  @Test
  void aFrameThatIsExpandedOverAndOverStillGivesAView() {
    AugmentPlan plan =
        bind("steps: [" + "{step: expand, probability: 1, factor: [20, 20]}, ".repeat(12) + "]");
    Picture picture = new Picture("a", 100, 80, List.of());

    PlannedView view =
        new ViewPlan(new CanvasSize(64, 64), ResizeMode.LETTERBOX, 114, 2, 1, plan)
            .view(picture, 1, at -> picture);

    assertThat(view.validWidth()).isBetween(1, 64);
    assertThat(view.validHeight()).isBetween(1, 64);
  }

  @Test
  void aPlanThatIsNeitherNameNorFileIsAMistake() {
    assertThatThrownBy(() -> AugmentPlan.load("yolov9"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "plan: found 'yolov9', expected a YAML file or one of plain, mmdetection-1x, nanodet,"
                + " yolov8");
  }

  @Test
  void theReadmeListsEveryStepWithItsKeys() throws Exception {
    String table =
        Step.kinds().stream()
            .map(kind -> "| `" + Step.name(kind) + "` | " + keys(kind) + " |\n")
            .collect(Collectors.joining());

    assertThat(Files.readString(Path.of("README.md"))).contains(table);
  }

  private static String keys(Class<?> kind) {
    return ConfigKey.of(kind).stream()
        .map(key -> "`" + key.name() + "` " + key.shownDefault() + ": " + key.meaning())
        .collect(Collectors.joining("; "));
  }

  private static AugmentPlan bind(String yaml) {
    return ConfigLoader.bind(yaml, List.of(), AugmentPlan.class, "test");
  }
}
