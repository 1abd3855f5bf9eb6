package dev.lectern.producer.augment;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What is done to images to get views 1 and up: steps with ranges and probabilities, in order.
 *
 * @param resize of view 0 and of steps that fit an image to the canvas; null: not stated
 * @param padding grey value where the canvas shows no image; null: not stated
 * @param minVisible a box of which less than this fraction of its area stays visible is left out
 * @param minSide a box with a side shorter than this many canvas pixels is left out
 * @param steps in order
 */
public record AugmentPlan(
    ResizeMode resize,
    @Key(min = 0, max = 255, meaning = "grey value where the canvas shows no image")
        Integer padding,
    @Key(
            defaultsTo = "0.3",
            min = 0,
            max = 1,
            meaning = "a box of which less than this fraction of its area is visible is left out")
        double minVisible,
    @Key(
            defaultsTo = "2",
            min = 0,
            meaning = "a box with a side of fewer canvas pixels is left out")
        double minSide,
    @Key(defaultsTo = "[]", shownDefault = "none", meaning = "in order") List<Step> steps) {
  /** The plans that have names. */
  public static final List<String> NAMES = List.of("plain", "mmdetection-1x", "nanodet", "yolov8");

  /** The most images that a view may show: beyond it a single view takes minutes. */
  private static final int MAX_IMAGES = 20_000;

  public AugmentPlan {
    if (steps.stream().anyMatch(Objects::isNull)) {
      throw new UserMistakeException("steps: found an empty one, expected e.g. {step: mosaic}");
    }
    steps = List.copyOf(steps);
    for (int i = 1; i < steps.size(); i++) {
      checkOrder(steps.get(i), i + 1, steps.subList(0, i));
    }
    checkImages(steps);
  }

  /** The images that a step brings in have been through the steps before it. */
  private static void checkImages(List<Step> steps) {
    long images = 1;
    for (int i = 0; i < steps.size(); i++) {
      images *= steps.get(i).images();
      if (images > MAX_IMAGES) {
        throw new UserMistakeException(
            "steps: found "
                + steps.get(i).label()
                + " as step "
                + (i + 1)
                + ", with which a view shows up to "
                + images
                + " images, expected at most "
                + MAX_IMAGES);
      }
    }
  }

  private static void checkOrder(Step step, int number, List<Step> before) {
    Step last = before.get(before.size() - 1);
    if (last.order() == Step.Order.PIXELS && step.order() != Step.Order.PIXELS) {
      throw new UserMistakeException(
          "steps: found "
              + step.label()
              + " as step "
              + number
              + " after "
              + last.label()
              + ", expected blur, noise, jpeg and cutout after all others");
    }
    boolean blended = before.stream().anyMatch(s -> s.order() == Step.Order.BLEND);
    if (blended && step.mixes() && step.order() != Step.Order.BLEND) {
      throw new UserMistakeException(
          "steps: found "
              + step.label()
              + " as step "
              + number
              + " after mixup, expected mosaic and copy-paste before it");
    }
  }

  /**
   * Reads a plan.
   *
   * @param plan one of {@link #NAMES}, or a YAML file
   * @throws UserMistakeException if there is none, or it is not a plan
   */
  public static AugmentPlan load(String plan) {
    if (NAMES.contains(plan)) {
      return ConfigLoader.bind(text(plan), List.of(), AugmentPlan.class, "plan " + plan);
    }
    if (!Files.isRegularFile(Path.of(plan))) {
      throw new UserMistakeException(
          "plan: found '" + plan + "', expected a YAML file or one of " + String.join(", ", NAMES));
    }
    return ConfigLoader.load(Path.of(plan), List.of(), AugmentPlan.class);
  }

  /** The YAML of a plan that has a name. */
  static String text(String name) {
    try (InputStream in = AugmentPlan.class.getResourceAsStream("/plans/" + name + ".yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a view may show other images than its own. */
  @JsonIgnore
  public boolean mixesImages() {
    return steps.stream().anyMatch(Step::mixes);
  }
}
