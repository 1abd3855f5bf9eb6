package dev.lectern.producer.augment;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.schemas.config.Key;
import java.util.function.Function;

/**
 * The steps that change colours, as {@link ColorJitter} defines them.
 *
 * <p>Each draws one number u: below the probability it acts, with the number u / probability of its
 * range.
 */
final class Colors {
  private Colors() {}

  /** A factor on all channels. */
  @JsonTypeName("brightness")
  record Brightness(
      @Key(defaultsTo = "1", min = 0, max = 1, meaning = Moves.PROBABILITY) double probability,
      @Key(defaultsTo = "[0.8, 1.2]", meaning = "on all channels") Range factor)
      implements Step {
    Brightness {
      factor.within("factor", 0, 10);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      recolor(scene, random, probability, factor, ColorJitter.Part.BRIGHTNESS);
    }
  }

  /** A factor on the distance from mid grey. */
  @JsonTypeName("contrast")
  record Contrast(
      @Key(defaultsTo = "1", min = 0, max = 1, meaning = Moves.PROBABILITY) double probability,
      @Key(defaultsTo = "[0.8, 1.2]", meaning = "on the distance from mid grey") Range factor)
      implements Step {
    Contrast {
      factor.within("factor", 0, 10);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      recolor(scene, random, probability, factor, ColorJitter.Part.CONTRAST);
    }
  }

  /** A factor on the distance from grey of the same luma. */
  @JsonTypeName("saturation")
  record Saturation(
      @Key(defaultsTo = "1", min = 0, max = 1, meaning = Moves.PROBABILITY) double probability,
      @Key(defaultsTo = "[0.7, 1.3]", meaning = "on the distance from grey of the same luma")
          Range factor)
      implements Step {
    Saturation {
      factor.within("factor", 0, 10);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      recolor(scene, random, probability, factor, ColorJitter.Part.SATURATION);
    }
  }

  /** A turn of the chroma plane. */
  @JsonTypeName("hue")
  record Hue(
      @Key(defaultsTo = "1", min = 0, max = 1, meaning = Moves.PROBABILITY) double probability,
      @Key(defaultsTo = "[-10, 10]", meaning = "turn of the chroma plane") Range degrees)
      implements Step {
    Hue {
      degrees.within("degrees", -180, 180);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      recolor(scene, random, probability, degrees, ColorJitter.Part.HUE);
    }
  }

  private static void recolor(
      Scene scene, ViewRandom random, double probability, Range range, ColorJitter.Part part) {
    double drawn = random.next();
    if (drawn < probability) {
      scene.recolor(part, range.at(drawn / probability));
    }
  }
}
