package dev.lectern.producer.augment;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A step of a plan with its ranges and probabilities; an element of {@code steps} in the plan's
 * YAML, which names it by the key {@code step}. The list of {@link JsonSubTypes} holds every step.
 *
 * <p>Records implement it. Their components are the keys of the step, each with a {@link
 * dev.lectern.schemas.config.Key}.
 *
 * <p>A step always draws equally many numbers, also where its probability keeps it from acting, so
 * that the numbers of the others do not depend on it.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "step")
@JsonSubTypes({
  @JsonSubTypes.Type(Mixes.Mosaic.class),
  @JsonSubTypes.Type(Mixes.CopyPaste.class),
  @JsonSubTypes.Type(Mixes.Mixup.class),
  @JsonSubTypes.Type(Moves.FlipHorizontal.class),
  @JsonSubTypes.Type(Moves.FlipVertical.class),
  @JsonSubTypes.Type(Moves.Crop.class),
  @JsonSubTypes.Type(Moves.IouCrop.class),
  @JsonSubTypes.Type(Moves.Expand.class),
  @JsonSubTypes.Type(Moves.Letterbox.class),
  @JsonSubTypes.Type(Moves.Stretch.class),
  @JsonSubTypes.Type(Moves.MultiScale.class),
  @JsonSubTypes.Type(Moves.Warp.class),
  @JsonSubTypes.Type(Moves.Perspective.class),
  @JsonSubTypes.Type(Colors.Brightness.class),
  @JsonSubTypes.Type(Colors.Contrast.class),
  @JsonSubTypes.Type(Colors.Saturation.class),
  @JsonSubTypes.Type(Colors.Hue.class),
  @JsonSubTypes.Type(Pixels.Blur.class),
  @JsonSubTypes.Type(Pixels.Noise.class),
  @JsonSubTypes.Type(Pixels.Jpeg.class),
  @JsonSubTypes.Type(Pixels.Cutout.class)
})
public interface Step {
  /** What a step needs to come before or after. */
  enum Order {
    /** Moves images, mixes them on one sheet or changes their colours. */
    PLACE,
    /** Adds sheets. */
    BLEND,
    /** Changes the pixels of the finished canvas. */
    PIXELS
  }

  /**
   * Applies the step with numbers of the generator.
   *
   * @param partners makes a scene of another image, with the steps before this one applied to it
   */
  void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners);

  default Order order() {
    return Order.PLACE;
  }

  /** How many images a view may show after it for each that it showed before. */
  default int images() {
    return 1;
  }

  /** Whether it can bring other images into a view. */
  default boolean mixes() {
    return images() > 1;
  }

  /** The name in YAML. */
  default String label() {
    return name(getClass());
  }

  /** The name in YAML of a kind of step. */
  static String name(Class<?> kind) {
    return kind.getAnnotation(JsonTypeName.class).value();
  }

  /** Every kind of step, in the order of the documentation. */
  static List<Class<?>> kinds() {
    return Stream.of(Step.class.getAnnotation(JsonSubTypes.class).value())
        .<Class<?>>map(JsonSubTypes.Type::value)
        .toList();
  }
}
