package dev.lectern.producer.augment;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.UserMistakeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The steps that bring other images into a view. */
final class Mixes {
  private Mixes() {}

  /**
   * Four images about a point, or nine in a grid, on a board twice as wide and high as the canvas:
   * Bochkovskiy et al. 2020 (YOLOv4, arXiv:2004.10934), section 3.3, as in Ultralytics. Each keeps
   * its ratio and would just fit the canvas. An {@code affine} step after it shows the middle of
   * the board at full size; without one, all of the board is resized to the canvas.
   *
   * <p>Ours: the grid of nine is regular, so that no image covers another one.
   */
  @JsonTypeName("mosaic")
  record Mosaic(
      @Key(defaultsTo = "1", min = 0, max = 1, meaning = Moves.PROBABILITY) double probability,
      @Key(defaultsTo = "4", min = 4, max = 9, meaning = "4 or 9") int tiles)
      implements Step {
    Mosaic {
      if (tiles != 4 && tiles != 9) {
        throw new UserMistakeException("tiles: found " + tiles + ", expected 4 or 9");
      }
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      boolean acts = random.next() < probability;
      ViewRandom own = random.fork();
      if (!acts) {
        return;
      }
      int width = scene.plan().size().width();
      int height = scene.plan().size().height();
      double atX = own.next();
      double atY = own.next();
      List<Scene> scenes = new ArrayList<>();
      scenes.add(scene.copy());
      while (scenes.size() < tiles) {
        scenes.add(partners.apply(own));
      }
      int x = (tiles == 4 ? width / 2 : 0) + (int) (atX * (width + 1));
      int y = (tiles == 4 ? height / 2 : 0) + (int) (atY * (height + 1));
      List<Scene.Tile> placed = new ArrayList<>();
      for (int i = 0; i < tiles; i++) {
        placed.add(
            tiles == 4
                ? about(x, y, i, scenes.get(i), width, height)
                : inGrid(x, y, i, scenes.get(i), width, height));
      }
      scene.board(
          2 * width,
          2 * height,
          placed,
          Map.of("tiles", (double) tiles, "x", (double) x, "y", (double) y));
    }

    /** One of four: its inner corner at the point. */
    private static Scene.Tile about(int x, int y, int i, Scene scene, int width, int height) {
      int[] size = fitted(scene, width, height);
      boolean left = i % 2 == 0;
      boolean top = i < 2;
      return new Scene.Tile(scene, left ? x - size[0] : x, top ? y - size[1] : y, size[0], size[1]);
    }

    /** One of nine: in the middle of its cell; the board shows the part of the grid from (x, y). */
    private static Scene.Tile inGrid(int x, int y, int i, Scene scene, int width, int height) {
      int[] size = fitted(scene, width, height);
      int cell = i == 0 ? 4 : i <= 4 ? i - 1 : i;
      return new Scene.Tile(
          scene,
          cell % 3 * width + (width - size[0]) / 2 - x,
          cell / 3 * height + (height - size[1]) / 2 - y,
          size[0],
          size[1]);
    }

    private static int[] fitted(Scene scene, int width, int height) {
      double factor = Math.min(width / (double) scene.width(), height / (double) scene.height());
      return new int[] {
        (int) Math.max(1, Math.round(scene.width() * factor)),
        (int) Math.max(1, Math.round(scene.height() * factor))
      };
    }

    @Override
    public int images() {
      return probability > 0 ? tiles : 1;
    }
  }

  /**
   * Objects of another image, pasted where they cover none too much: Ghiasi et al. 2021,
   * arXiv:2012.07177. Ours: whole boxes with the background inside of them, as datasets of boxes
   * have no masks.
   */
  @JsonTypeName("copy-paste")
  record CopyPaste(
      @Key(defaultsTo = "0.5", min = 0, max = 1, meaning = Moves.PROBABILITY) double probability,
      @Key(defaultsTo = "3", min = 1, max = 100, meaning = "objects that are pasted, 1 to this")
          int objects,
      @Key(
              defaultsTo = "[0.5, 1.5]",
              meaning = "on top of the factor that fits the other image into the frame")
          Range scale,
      @Key(
              defaultsTo = "0.3",
              min = 0,
              max = 1,
              meaning = "the largest part of an object that may be covered")
          double maxCovered)
      implements Step {
    private static final int ATTEMPTS = 10;

    CopyPaste {
      scale.within("scale", 0.05, 20);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      boolean acts = random.next() < probability;
      ViewRandom own = random.fork();
      if (!acts) {
        return;
      }
      Scene other = partners.apply(own);
      double fit =
          Math.min(
              scene.width() / (double) other.width(), scene.height() / (double) other.height());
      List<double[]> found = new ArrayList<>(other.objects());
      int wanted = 1 + own.below(objects);
      while (wanted-- > 0 && !found.isEmpty()) {
        double[] region = found.remove(own.below(found.size()));
        double factor = fit * own.next(scale);
        double width = (region[2] - region[0]) * factor;
        double height = (region[3] - region[1]) * factor;
        for (int i = 0; i < ATTEMPTS; i++) {
          double x = own.next() * Math.max(0, scene.width() - width);
          double y = own.next() * Math.max(0, scene.height() - height);
          if (covered(scene.objects(), x, y, x + width, y + height) <= maxCovered) {
            scene.paste(other, region, factor, x, y);
            break;
          }
        }
      }
    }

    /** The largest part of an object that lies inside. */
    private static double covered(
        List<double[]> objects, double x1, double y1, double x2, double y2) {
      double largest = 0;
      for (double[] o : objects) {
        double shared =
            Math.max(0, Math.min(x2, o[2]) - Math.max(x1, o[0]))
                * Math.max(0, Math.min(y2, o[3]) - Math.max(y1, o[1]));
        largest = Math.max(largest, shared / ((o[2] - o[0]) * (o[3] - o[1])));
      }
      return largest;
    }

    @Override
    public int images() {
      return probability > 0 ? 2 : 1;
    }
  }

  /**
   * The weighted sum of two views, with the objects of both: Zhang et al. 2018, arXiv:1710.09412.
   */
  @JsonTypeName("mixup")
  record Mixup(
      @Key(defaultsTo = "0.15", min = 0, max = 1, meaning = Moves.PROBABILITY) double probability,
      @Key(defaultsTo = "[0.4, 0.6]", meaning = "of the view's own image in the sum") Range share)
      implements Step {
    Mixup {
      share.within("share", 0, 1);
    }

    @Override
    public void apply(Scene scene, ViewRandom random, Function<ViewRandom, Scene> partners) {
      boolean acts = random.next() < probability;
      ViewRandom own = random.fork();
      if (acts) {
        double drawn = own.next(share);
        scene.blend(partners.apply(own), drawn);
      }
    }

    @Override
    public Order order() {
      return Order.BLEND;
    }

    @Override
    public int images() {
      return probability > 0 ? 2 : 1;
    }
  }
}
