package dev.lectern.producer.publish;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.lectern.producer.augment.Augmentation;
import dev.lectern.producer.augment.CanvasEncoder;
import dev.lectern.producer.augment.ResizeMode;
import dev.lectern.producer.augment.Step;
import dev.lectern.producer.augment.ViewPlan;
import dev.lectern.producer.dataset.DatasetFormat;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.view.CanvasSize;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Everything that decides the bytes of a dataset's views, as the manifest states it: two publishes
 * with the same text make the same views.
 *
 * @param generator version of the way from seed to numbers; a change of it is a change of plan
 * @param augment null where there is only view 0, or a plan
 * @param steps of the plan; null where there is none
 * @param minVisible of the plan
 * @param minSide of the plan
 * @param plainSplits splits of which only view 0 is published although others have more; null where
 *     there are none
 * @param pixelLevel PNG: zlib level; JPEG: quality
 * @param sourceSha256 of {@link SourceDigest}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({
  "generator",
  "format",
  "size",
  "resize",
  "padding",
  "views-per-image",
  "seed",
  "augment",
  "min-visible",
  "min-side",
  "steps",
  "plain-splits",
  "pixel-format",
  "pixel-level",
  "source-sha256"
})
record PlanText(
    int generator,
    DatasetFormat format,
    CanvasSize size,
    ResizeMode resize,
    int padding,
    int viewsPerImage,
    long seed,
    Augmentation augment,
    Double minVisible,
    Double minSide,
    List<Step> steps,
    List<String> plainSplits,
    PixelFormat pixelFormat,
    int pixelLevel,
    String sourceSha256) {
  private static final int GENERATOR = 1;

  static String of(PublishConfig config, CanvasEncoder encoder, String sourceSha256) {
    ViewPlan plan = config.viewPlan();
    boolean augmented = plan.viewsPerImage() > 1;
    boolean planned = augmented && config.views().plan() != null;
    List<String> plain =
        config.splits().stream().filter(config.views().plainSplits()::contains).sorted().toList();
    return ConfigLoader.toYaml(
        new PlanText(
            GENERATOR,
            config.input().format(),
            plan.size(),
            plan.resize(),
            plan.padding(),
            plan.viewsPerImage(),
            plan.seed(),
            augmented ? config.views().augment() : null,
            planned ? plan.augment().minVisible() : null,
            planned ? plan.augment().minSide() : null,
            planned ? plan.augment().steps() : null,
            augmented && !plain.isEmpty() ? plain : null,
            encoder.format(),
            encoder.level(),
            sourceSha256));
  }

  /**
   * Says where two texts differ in more than the images; empty if they make the same views of one.
   */
  static Optional<String> differenceOfViews(String there, String here) {
    String old = withoutSource(there);
    String now = withoutSource(here);
    return old.equals(now) ? Optional.empty() : Optional.of(difference(old, now));
  }

  private static String withoutSource(String text) {
    return text.lines()
        .filter(line -> !line.startsWith("source-sha256"))
        .collect(Collectors.joining("\n"));
  }

  /** Says in a few words where two texts differ first. */
  static String difference(String there, String here) {
    List<String> old = there.lines().toList();
    List<String> now = here.lines().toList();
    for (int i = 0; i < Math.max(old.size(), now.size()); i++) {
      String before = i < old.size() ? old.get(i).strip() : "nothing";
      String after = i < now.size() ? now.get(i).strip() : "nothing";
      if (!before.equals(after)) {
        return before.startsWith("source-sha256")
            ? "another source (its annotations, or the names or sizes of its image files, changed)"
            : "another view plan (" + before + " there, " + after + " here)";
      }
    }
    return "the same plan";
  }
}
