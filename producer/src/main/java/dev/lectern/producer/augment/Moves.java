package dev.lectern.producer.augment;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.view.Affine;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The steps that move an image. */
final class Moves {
  static final String PROBABILITY = "of acting at all";

  /** Sides of a frame that is expanded again and again stay below, pixels. */
  private static final int MAX_SIDE = 1 << 24;

  private Moves() {}

  /** Left and right change places. */
  @JsonTypeName("flip-horizontal")
  record FlipHorizontal(
      @Key(defaultsTo = "0.5", min = 0, max = 1, meaning = PROBABILITY) double probability)
      implements Step {
    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      if (random.next() < probability) {
        scene.mirrorHorizontally();
      }
    }
  }

  /** Top and bottom change places. */
  @JsonTypeName("flip-vertical")
  record FlipVertical(
      @Key(defaultsTo = "0.5", min = 0, max = 1, meaning = PROBABILITY) double probability)
      implements Step {
    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      if (random.next() < probability) {
        scene.mirrorVertically();
      }
    }
  }

  /** A window of whole pixels, anywhere. */
  @JsonTypeName("crop")
  record Crop(
      @Key(defaultsTo = "0.5", min = 0, max = 1, meaning = PROBABILITY) double probability,
      @Key(defaultsTo = "[0.5, 1]", meaning = "width and height, each a fraction of the image's")
          Range sides)
      implements Step {
    Crop {
      sides.within("sides", 0.05, 1);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      boolean acts = random.next() < probability;
      int width = part(scene.width(), random.next(sides));
      int height = part(scene.height(), random.next(sides));
      int x = Span.position(scene.width() - width, random.next());
      int y = Span.position(scene.height() - height, random.next());
      if (acts) {
        scene.crop("crop", x, y, width, height);
      }
    }
  }

  /**
   * A window that every object overlaps enough: Liu et al. 2016 (SSD, arXiv:1512.02325), section
   * 2.2, as mmdetection's MinIoURandomCrop, with sides of at least a fraction and an aspect of 1/2
   * to 2.
   */
  @JsonTypeName("iou-crop")
  record IouCrop(
      @Key(defaultsTo = "0.5", min = 0, max = 1, meaning = PROBABILITY) double probability,
      @Key(
              defaultsTo = "[0.1, 0.3, 0.5, 0.7, 0.9]",
              meaning = "one of these is drawn: the smallest IoU of the window with each object")
          List<Double> minIou,
      @Key(defaultsTo = "[0.3, 1]", meaning = "width and height, each a fraction of the frame's")
          Range sides,
      @Key(defaultsTo = "50", min = 1, max = 1000, meaning = "windows that are tried") int attempts)
      implements Step {
    IouCrop {
      if (minIou.isEmpty() || minIou.stream().anyMatch(v -> v == null || !(v >= 0 && v <= 1))) {
        throw new UserMistakeException(
            "min-iou: found " + minIou + ", expected a list of numbers from 0 to 1");
      }
      minIou = List.copyOf(minIou);
      sides.within("sides", 0.05, 1);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      boolean acts = random.next() < probability;
      ViewRandom own = random.fork();
      if (!acts) {
        return;
      }
      List<double[]> objects = scene.objects();
      double min = minIou.get(own.below(minIou.size()));
      for (int i = 0; i < attempts; i++) {
        int width = part(scene.width(), own.next(sides));
        int height = part(scene.height(), own.next(sides));
        int x = Span.position(scene.width() - width, own.next());
        int y = Span.position(scene.height() - height, own.next());
        double aspect = height / (double) width;
        if (aspect >= 0.5 && aspect <= 2 && fits(objects, min, x, y, x + width, y + height)) {
          scene.crop("iou-crop", x, y, width, height);
          return;
        }
      }
    }

    /** Whether all overlap enough and one has its centre inside. */
    private static boolean fits(
        List<double[]> objects, double min, int x1, int y1, int x2, int y2) {
      boolean centre = objects.isEmpty();
      for (double[] o : objects) {
        double shared =
            Math.max(0, Math.min(x2, o[2]) - Math.max(x1, o[0]))
                * Math.max(0, Math.min(y2, o[3]) - Math.max(y1, o[1]));
        double area = (o[2] - o[0]) * (o[3] - o[1]);
        double window = (double) (x2 - x1) * (y2 - y1);
        if (shared / (area + window - shared) < min) {
          return false;
        }
        double cx = (o[0] + o[2]) / 2;
        double cy = (o[1] + o[3]) / 2;
        centre |= cx > x1 && cx < x2 && cy > y1 && cy < y2;
      }
      return centre;
    }
  }

  /** The image somewhere on a larger frame of padding: SSD's zoom out. */
  @JsonTypeName("expand")
  record Expand(
      @Key(defaultsTo = "0.5", min = 0, max = 1, meaning = PROBABILITY) double probability,
      @Key(defaultsTo = "[1, 4]", meaning = "sides of the frame over those of the image")
          Range factor)
      implements Step {
    Expand {
      factor.within("factor", 1, 20);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      boolean acts = random.next() < probability;
      double ratio = random.next(factor);
      int width = (int) Math.min(MAX_SIDE, Math.round(scene.width() * ratio));
      int height = (int) Math.min(MAX_SIDE, Math.round(scene.height() * ratio));
      int x = Span.position(width - scene.width(), random.next());
      int y = Span.position(height - scene.height(), random.next());
      if (acts) {
        scene.expand(x, y, width, height);
      }
    }
  }

  /** Resizes to the canvas by one factor; padding on the right or below. */
  @JsonTypeName("letterbox")
  record Letterbox() implements Step {
    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      scene.fit(ResizeMode.LETTERBOX, 1, 0, 0);
    }
  }

  /** Resizes each side to that of the canvas. */
  @JsonTypeName("stretch")
  record Stretch() implements Step {
    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      scene.fit(ResizeMode.STRETCH, 1, 0, 0);
    }
  }

  /**
   * The plan's resize times a factor: what becomes larger than the canvas is cut to a window of it,
   * what becomes smaller lies at the upper left.
   */
  @JsonTypeName("multi-scale")
  record MultiScale(
      @Key(defaultsTo = "[0.75, 1.5]", meaning = "on top of the plain resize") Range factor)
      implements Step {
    MultiScale {
      factor.within("factor", 0.05, 20);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      double scale = random.next(factor);
      double atX = random.next();
      double atY = random.next();
      scene.fit(scene.plan().resize(), scale, atX, atY);
    }
  }

  /** Stretch, scale, shear, rotation about the centre, then translation. */
  @JsonTypeName("affine")
  record Warp(
      @Key(defaultsTo = "1", min = 0, max = 1, meaning = PROBABILITY) double probability,
      @Key(defaultsTo = "[1, 1]", meaning = "factor on both sides") Range scale,
      @Key(defaultsTo = "[1, 1]", meaning = "factor on each side, drawn for each") Range stretch,
      @Key(defaultsTo = "[0, 0]", meaning = "clockwise, degrees") Range rotate,
      @Key(defaultsTo = "[0, 0]", meaning = "of x along y and of y along x, degrees, each drawn")
          Range shear,
      @Key(
              defaultsTo = "[0, 0]",
              meaning = "right and down, each drawn, fractions of the canvas's sides")
          Range translate)
      implements Step {
    Warp {
      scale.within("scale", 0.05, 20);
      stretch.within("stretch", 0.2, 5);
      rotate.within("rotate", -180, 180);
      shear.within("shear", -60, 60);
      translate.within("translate", -1, 1);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      boolean acts = random.next() < probability;
      double factor = random.next(scale);
      double stretchX = random.next(stretch);
      double stretchY = random.next(stretch);
      double degrees = random.next(rotate);
      double shearX = random.next(shear);
      double shearY = random.next(shear);
      double x = random.next(translate) * scene.plan().size().width();
      double y = random.next(translate) * scene.plan().size().height();
      if (!acts) {
        return;
      }
      double cos = StrictMath.cos(StrictMath.toRadians(degrees));
      double sin = StrictMath.sin(StrictMath.toRadians(degrees));
      Affine map =
          Affine.scale(factor * stretchX, factor * stretchY)
              .then(
                  new Affine(
                      1,
                      StrictMath.tan(StrictMath.toRadians(shearX)),
                      0,
                      StrictMath.tan(StrictMath.toRadians(shearY)),
                      1,
                      0))
              .then(new Affine(cos, -sin, 0, sin, cos, 0))
              .then(Affine.translate(x, y));
      scene.warp(
          "affine",
          Projective.of(map),
          Map.of(
              "scale", factor,
              "stretch-x", stretchX,
              "stretch-y", stretchY,
              "rotate", degrees,
              "shear-x", shearX,
              "shear-y", shearY,
              "translate-x", x,
              "translate-y", y));
    }
  }

  /**
   * A change of the point of view: at the right edge of the canvas, things become smaller by the
   * factor 1 + x, at the left one larger by 1 - x; y from top to bottom likewise.
   */
  @JsonTypeName("perspective")
  record Perspective(
      @Key(defaultsTo = "1", min = 0, max = 1, meaning = PROBABILITY) double probability,
      @Key(defaultsTo = "[-0.1, 0.1]", meaning = "x and y, each drawn") Range strength)
      implements Step {
    Perspective {
      strength.within("strength", -0.4, 0.4);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      boolean acts = random.next() < probability;
      double x = random.next(strength);
      double y = random.next(strength);
      if (acts) {
        double perX = x / (scene.plan().size().width() / 2.0);
        double perY = y / (scene.plan().size().height() / 2.0);
        scene.perspective(new Projective(1, 0, 0, 0, 1, 0, perX, perY, 1), Map.of("x", x, "y", y));
      }
    }
  }

  private static int part(int length, double fraction) {
    return (int) Math.max(1, Math.min(length, Math.round(length * fraction)));
  }
}
