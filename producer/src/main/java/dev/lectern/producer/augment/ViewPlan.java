package dev.lectern.producer.augment;

import dev.lectern.schemas.view.CanvasSize;
import java.util.List;
import java.util.function.Function;

/**
 * Which views every image gets.
 *
 * <p>View 0 is the plain resize of the whole image. For each of the others the steps of the plan
 * are evaluated in order, with the numbers of one {@link ViewRandom}.
 *
 * @param size of the canvas
 * @param resize of view 0, and of steps that fit an image to the canvas
 * @param padding grey value where the canvas shows no image, 0 to 255
 * @param viewsPerImage at least 1
 * @param seed of views 1 and up
 * @param augment steps and thresholds of views 1 and up
 */
public record ViewPlan(
    CanvasSize size,
    ResizeMode resize,
    int padding,
    int viewsPerImage,
    long seed,
    AugmentPlan augment) {
  /**
   * Plans one view.
   *
   * @param picture the upright image
   * @param partners asked by steps that mix images
   * @throws IllegalArgumentException if the view is not one of the plan
   */
  public PlannedView view(Picture picture, int viewNumber, Partners partners) {
    if (viewNumber < 0 || viewNumber >= viewsPerImage) {
      throw new IllegalArgumentException(
          "view " + viewNumber + ": expected 0 to " + (viewsPerImage - 1));
    }
    Scene scene = new Scene(this, picture);
    if (viewNumber > 0) {
      ViewRandom random = new ViewRandom(seed, picture.imageId(), viewNumber);
      apply(augment.steps(), scene, random, partners);
    }
    return scene.view(viewNumber);
  }

  private void apply(List<Step> steps, Scene scene, ViewRandom random, Partners partners) {
    for (int i = 0; i < steps.size(); i++) {
      List<Step> before = steps.subList(0, i);
      Function<ViewRandom, Scene> others =
          numbers -> {
            Scene other = new Scene(this, partners.pick(numbers.next()));
            apply(before, other, numbers.fork(), partners);
            return other;
          };
      steps.get(i).apply(scene, random, others);
    }
  }
}
