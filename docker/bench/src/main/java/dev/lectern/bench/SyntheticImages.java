package dev.lectern.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/**
 * A COCO dataset of made-up images whose encoded size is near that of photographs: soft shades,
 * edges and sensor noise.
 */
final class SyntheticImages {
  private static final int NOISE = 6;

  private SyntheticImages() {}

  /**
   * Writes {@code count} images of {@code width} x {@code height} pixels and {@code
   * annotations.json} into {@code folder}.
   *
   * @param classNames what the dataset knows; every object is of the first class
   * @return the annotation file
   */
  static Path write(
      Path folder, int count, int width, int height, List<String> classNames, long seed)
      throws IOException {
    List<Map<String, Object>> images = new ArrayList<>();
    List<Map<String, Object>> annotations = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      String name = i + ".jpg";
      BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
      int[] box = draw(image, random);
      ImageIO.write(image, "jpg", folder.resolve(name).toFile());
      images.add(Map.of("id", i, "file_name", name, "width", width, "height", height));
      annotations.add(
          Map.of(
              "id",
              i,
              "image_id",
              i,
              "category_id",
              1,
              "bbox",
              box,
              "area",
              box[2] * box[3],
              "iscrowd",
              0));
    }
    Path file = folder.resolve("annotations.json");
    Files.writeString(
        file,
        new JsonMapper()
            .writeValueAsString(
                Map.of(
                    "images", images,
                    "annotations", annotations,
                    "categories", categories(classNames))));
    return file;
  }

  private static List<Map<String, Object>> categories(List<String> classNames) {
    List<Map<String, Object>> categories = new ArrayList<>();
    for (String name : classNames) {
      categories.add(Map.of("id", categories.size() + 1, "name", name));
    }
    return categories;
  }

  /** Returns left, top, width, height of one of the rectangles. */
  private static int[] draw(BufferedImage image, SplittableRandom random) {
    int width = image.getWidth();
    int height = image.getHeight();
    Graphics2D graphics = image.createGraphics();
    graphics.setPaint(new GradientPaint(0, 0, colour(random), width, height, colour(random)));
    graphics.fillRect(0, 0, width, height);
    int[] box = new int[4];
    for (int i = 0; i < 24; i++) {
      box[2] = 8 + random.nextInt(width / 3);
      box[3] = 8 + random.nextInt(height / 3);
      box[0] = random.nextInt(width - box[2]);
      box[1] = random.nextInt(height - box[3]);
      graphics.setPaint(
          new GradientPaint(
              box[0], box[1], colour(random), box[0] + box[2], box[1] + box[3], colour(random)));
      if (i % 2 == 0) {
        graphics.fillOval(box[0], box[1], box[2], box[3]);
      } else {
        graphics.fillRect(box[0], box[1], box[2], box[3]);
      }
    }
    graphics.dispose();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, noisy(image.getRGB(x, y), random));
      }
    }
    return box;
  }

  private static Color colour(SplittableRandom random) {
    return new Color(random.nextInt(256), random.nextInt(256), random.nextInt(256));
  }

  private static int noisy(int rgb, SplittableRandom random) {
    int bits = random.nextInt();
    int result = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      int value = (rgb >> shift & 255) + Math.floorMod(bits >> shift, 2 * NOISE + 1) - NOISE;
      result |= Math.min(255, Math.max(0, value)) << shift;
    }
    return result;
  }
}
