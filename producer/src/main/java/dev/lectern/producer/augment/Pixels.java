package dev.lectern.producer.augment;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.UserMistakeException;
import java.util.function.Function;

/** The steps that change the pixels of the finished canvas, padding included. */
final class Pixels {
  private Pixels() {}

  /** Gaussian blur. */
  @JsonTypeName("blur")
  record Blur(
      @Key(defaultsTo = "0.1", min = 0, max = 1, meaning = Moves.PROBABILITY) double probability,
      @Key(defaultsTo = "[0.3, 2]", meaning = "canvas pixels") Range sigma)
      implements Step {
    Blur {
      sigma.within("sigma", 0.1, 20);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      double drawn = random.next();
      if (drawn < probability) {
        scene.change(new PixelChange.Blur(sigma.at(drawn / probability)));
      }
    }

    @Override
    public Order order() {
      return Order.PIXELS;
    }
  }

  /** Noise, independent in every channel of every pixel. */
  @JsonTypeName("noise")
  record Noise(
      @Key(defaultsTo = "0.1", min = 0, max = 1, meaning = Moves.PROBABILITY) double probability,
      @Key(defaultsTo = "[2, 12]", meaning = "standard deviation on the 0..255 scale") Range sigma)
      implements Step {
    Noise {
      sigma.within("sigma", 0, 255);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      double drawn = random.next();
      long state = random.bits();
      if (drawn < probability) {
        scene.change(new PixelChange.Noise(sigma.at(drawn / probability), state));
      }
    }

    @Override
    public Order order() {
      return Order.PIXELS;
    }
  }

  /** The artefacts of JPEG. */
  @JsonTypeName("jpeg")
  record Jpeg(
      @Key(defaultsTo = "0.1", min = 0, max = 1, meaning = Moves.PROBABILITY) double probability,
      @Key(defaultsTo = "[30, 90]", meaning = "1 to 100") Range quality)
      implements Step {
    Jpeg {
      quality.within("quality", 1, 100);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      double drawn = random.next();
      if (drawn < probability) {
        int drawnQuality = (int) Math.round(quality.at(drawn / probability));
        scene.change(new PixelChange.Jpeg(drawnQuality));
      }
    }

    @Override
    public Order order() {
      return Order.PIXELS;
    }
  }

  /** Rectangles of padding: DeVries and Taylor 2017, arXiv:1708.04552, with sides of any ratio. */
  @JsonTypeName("cutout")
  record Cutout(
      @Key(defaultsTo = "0.5", min = 0, max = 1, meaning = Moves.PROBABILITY) double probability,
      @Key(defaultsTo = "[1, 3]", meaning = "rectangles") Range count,
      @Key(defaultsTo = "[0.05, 0.2]", meaning = "each a fraction of the canvas's") Range sides)
      implements Step {
    Cutout {
      count.within("count", 1, 100);
      sides.within("sides", 0, 1);
      if (count.low() != Math.rint(count.low()) || count.high() != Math.rint(count.high())) {
        throw new UserMistakeException(
            "count: found " + count.toList() + ", expected whole numbers");
      }
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      boolean acts = random.next() < probability;
      ViewRandom own = random.fork();
      if (!acts) {
        return;
      }
      int canvasWidth = scene.plan().size().width();
      int canvasHeight = scene.plan().size().height();
      int holes = (int) count.low() + own.below((int) (count.high() - count.low()) + 1);
      for (int i = 0; i < holes; i++) {
        int width = (int) Math.max(1, Math.round(canvasWidth * own.next(sides)));
        int height = (int) Math.max(1, Math.round(canvasHeight * own.next(sides)));
        int x = Span.position(canvasWidth - width, own.next());
        int y = Span.position(canvasHeight - height, own.next());
        scene.change(new PixelChange.Hole(x, y, width, height));
      }
    }

    @Override
    public Order order() {
      return Order.PIXELS;
    }
  }
}
