package dev.lectern.demo.draw;

import java.util.ArrayList;
import java.util.List;

/**
 * Draws pictures: two to five shapes over clouds and stray strokes. The shapes overlap, have soft
 * edges, differ more or less from what is behind them, carry stripes, and are blurred and noisy.
 */
public final class Painter {
  private static final double LEAST_VISIBLE = 0.4;
  private static final double LEAST_INSIDE = 0.6;
  private static final int ATTEMPTS = 12;
  private static final int HIDDEN = -1;

  private final int side;
  private final RandomNumbers random;
  private final Canvas canvas;
  private final int[] owner;
  private final List<Integer> areas = new ArrayList<>();
  private final List<DrawnObject> objects = new ArrayList<>();

  private Painter(int side, long seed) {
    this.side = side;
    random = new RandomNumbers(seed);
    canvas = new Canvas(side);
    owner = new int[side * side];
    java.util.Arrays.fill(owner, HIDDEN);
  }

  /**
   * Draws one picture.
   *
   * @param seed of the set
   * @param number of the picture within the set
   * @param side width and height in pixels, at least 64
   */
  public static DrawnImage draw(long seed, long number, int side) {
    if (side < 64) {
      throw new IllegalArgumentException("side: found " + side + ", expected at least 64 pixels");
    }
    return new Painter(side, RandomNumbers.seedOf(seed, number)).picture();
  }

  private DrawnImage picture() {
    double[] ground = colour();
    canvas.clouds(
        ground, contrasting(ground, random.between(10, 90)), side / random.between(2, 10), random);
    int strokes = random.whole(0, 2);
    for (int i = 0; i < strokes; i++) {
      stroke();
    }
    int wanted = random.whole(2, 5);
    for (int i = 0; i < ATTEMPTS && objects.size() < wanted; i++) {
      place();
    }
    int blurs = random.chance(0.5) ? random.whole(1, 3) : 0;
    for (int i = 0; i < blurs; i++) {
      canvas.blur();
    }
    return new DrawnImage(side, canvas.develop(random.between(2, 13), random), objects);
  }

  private double[] colour() {
    return new double[] {random.between(30, 225), random.between(30, 225), random.between(30, 225)};
  }

  private void stroke() {
    double[] bar = {1, 1, -1, 1, -1, -1, 1, -1};
    Polygon polygon =
        Polygon.placed(
            bar,
            random.between(0, side),
            random.between(0, side),
            random.between(side / 8.0, side / 2.0),
            random.between(0.7, 3),
            random.between(0, StrictMath.PI));
    double[] colour = colour();
    double strength = random.between(0.3, 0.9);
    DistanceField field = DistanceField.of(canvas.window(polygon.extent(), 2), polygon, null);
    canvas.paint(brush(field, 1, strength, colour, Stripes.NONE), field.window());
  }

  private void place() {
    ShapeClass shape = ShapeClass.values()[random.whole(0, ShapeClass.values().length - 1)];
    double radius = random.between(side / 11.0, side / 4.0);
    double stretch = random.between(0.75, 1.33);
    double centreX = random.between(0, side);
    double centreY = random.between(0, side);
    double angle = random.between(0, 2 * StrictMath.PI);
    double scaleX = radius * Math.sqrt(stretch);
    double scaleY = radius / Math.sqrt(stretch);
    Polygon outline = Polygon.placed(shape.outline(), centreX, centreY, scaleX, scaleY, angle);
    double hole = shape.hole();
    Polygon inner =
        hole == 0
            ? null
            : Polygon.placed(
                shape.outline(), centreX, centreY, hole * scaleX, hole * scaleY, angle);
    double[] behind = canvas.colourAround(centreX, centreY, (int) radius);
    double[] colour = contrasting(behind, random.between(55, 150));
    double softness = random.between(0.6, 3);
    double strength = random.between(0.75, 1);
    Stripes stripes =
        Stripes.of(
            random.chance(0.3) ? random.between(8, 30) : 0,
            random.between(0.5, 1.6),
            random.between(0, StrictMath.PI),
            random.between(0, 6));

    double[] extent = outline.extent();
    double width = Math.min(side, extent[2]) - Math.max(0, extent[0]);
    double height = Math.min(side, extent[3]) - Math.max(0, extent[1]);
    double whole = (extent[2] - extent[0]) * (extent[3] - extent[1]);
    if (width <= 0 || height <= 0 || width * height < LEAST_INSIDE * whole) {
      return;
    }
    DistanceField field = DistanceField.of(canvas.window(extent, softness + 1), outline, inner);
    if (!claim(field)) {
      return;
    }
    canvas.paint(brush(field, softness, strength, colour, stripes), field.window());
    objects.add(
        new DrawnObject(
            shape,
            Math.max(0, extent[0]),
            Math.max(0, extent[1]),
            Math.min(side, extent[2]),
            Math.min(side, extent[3])));
  }

  /** A colour at a distance from another, on the 0..255 scale. */
  private double[] contrasting(double[] from, double distance) {
    double[] direction = {random.normal(), random.normal(), random.normal()};
    double length =
        Math.sqrt(
            direction[0] * direction[0]
                + direction[1] * direction[1]
                + direction[2] * direction[2]
                + 1e-9);
    double[] colour = new double[3];
    for (int c = 0; c < 3; c++) {
      double step = distance * direction[c] / length;
      double value = from[c] + step;
      colour[c] = value < 0 || value > 255 ? from[c] - step : value;
    }
    return colour;
  }

  /** Takes the covered pixels for a new object, unless it would hide too much of another. */
  private boolean claim(DistanceField field) {
    int[] taken = owner.clone();
    int me = objects.size();
    int area = 0;
    Canvas.Window window = field.window();
    for (int y = window.top(); y < window.bottom(); y++) {
      for (int x = window.left(); x < window.right(); x++) {
        if (field.at(x, y) < 0) {
          taken[y * side + x] = me;
          area++;
        }
      }
    }
    int[] visible = new int[me];
    for (int who : taken) {
      if (who != HIDDEN && who != me) {
        visible[who]++;
      }
    }
    for (int i = 0; i < me; i++) {
      if (visible[i] < LEAST_VISIBLE * areas.get(i)) {
        return false;
      }
    }
    System.arraycopy(taken, 0, owner, 0, owner.length);
    areas.add(area);
    return true;
  }

  /** Waves of brightness across a surface; (alongX, alongY) is their direction and frequency. */
  private record Stripes(double height, double alongX, double alongY, double phase) {
    static final Stripes NONE = new Stripes(0, 0, 0, 0);

    static Stripes of(double height, double frequency, double angle, double phase) {
      return new Stripes(
          height, frequency * StrictMath.cos(angle), frequency * StrictMath.sin(angle), phase);
    }

    double at(double x, double y) {
      return height == 0 ? 0 : height * StrictMath.sin(x * alongX + y * alongY + phase);
    }
  }

  private static Canvas.Brush brush(
      DistanceField field, double softness, double strength, double[] colour, Stripes stripes) {
    return new Canvas.Brush() {
      @Override
      public double cover(int x, int y) {
        double t = 0.5 - field.at(x, y) / (2 * softness);
        if (t <= 0) {
          return 0;
        }
        t = Math.min(1, t);
        return strength * t * t * (3 - 2 * t);
      }

      @Override
      public double brightness(int x, int y) {
        return stripes.at(x, y);
      }

      @Override
      public double colour(int channel) {
        return colour[channel];
      }
    };
  }
}
