package dev.lectern.producer.augment;

import dev.lectern.schemas.record.TransformStep;
import dev.lectern.schemas.view.Affine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Everything that is done to one image to get one view, in numbers.
 *
 * <p>In order: mirror the image if {@code flip}; cut out the window; resize it to the valid region,
 * which is the upper left of the canvas; change its colours; fill the rest of the canvas with the
 * padding value.
 *
 * @param viewNumber 0 is the plain resize
 * @param plan where it comes from
 * @param sourceWidth of the upright image, pixels
 * @param sourceHeight of the upright image, pixels
 * @param flip left and right change places
 * @param window of the (mirrored) image, pixels
 * @param validWidth of the canvas region that shows the image, pixels
 * @param validHeight of the canvas region that shows the image, pixels
 * @param scale the factor on top of the plain resize, for lineage
 * @param colors the change of colours
 */
public record PlannedView(
    int viewNumber,
    ViewPlan plan,
    int sourceWidth,
    int sourceHeight,
    boolean flip,
    Window window,
    int validWidth,
    int validHeight,
    double scale,
    ColorJitter colors) {
  /**
   * A part of an image.
   *
   * @param x left edge, pixels
   * @param y top edge, pixels
   * @param width pixels, at least 1
   * @param height pixels, at least 1
   */
  public record Window(int x, int y, int width, int height) {}

  /** Source pixels to canvas pixels. */
  public Affine affine() {
    Affine mirrored = flip ? Affine.flipHorizontal(sourceWidth) : Affine.IDENTITY;
    return mirrored
        .then(Affine.translate(-window.x, -window.y))
        .then(
            Affine.scale(validWidth / (double) window.width, validHeight / (double) window.height));
  }

  /** The steps for the view's lineage. */
  public List<TransformStep> steps() {
    List<TransformStep> steps = new ArrayList<>();
    if (flip) {
      steps.add(new TransformStep("flip-horizontal", Map.of("width", (double) sourceWidth)));
    }
    if (window.width != sourceWidth || window.height != sourceHeight) {
      steps.add(
          new TransformStep(
              "crop",
              Map.of(
                  "x", (double) window.x,
                  "y", (double) window.y,
                  "width", (double) window.width,
                  "height", (double) window.height)));
    }
    steps.add(
        new TransformStep(
            plan.resize().label(),
            Map.of(
                "width", (double) validWidth,
                "height", (double) validHeight,
                "scale", scale,
                "padding", (double) plan.padding())));
    if (!colors.changesNothing()) {
      steps.add(new TransformStep("brightness", Map.of("factor", colors.brightness())));
      steps.add(new TransformStep("contrast", Map.of("factor", colors.contrast())));
      steps.add(new TransformStep("saturation", Map.of("factor", colors.saturation())));
      steps.add(new TransformStep("hue", Map.of("degrees", colors.hue())));
    }
    return steps;
  }
}
