package dev.lectern.demo.draw;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.schemas.file.WholeFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * A set of drawn pictures, as numbers of the set with its annotations; written as PNG files and
 * COCO JSON.
 *
 * @param seed of the set
 * @param first number of the first picture
 * @param count pictures
 * @param side width and height of a picture in pixels
 * @param carelessness deviation of every annotated edge, as a share of the object's width or
 *     height; 0 annotates exactly
 */
public record DrawnDataset(long seed, long first, int count, int side, double carelessness) {
  private static final JsonMapper JSON = new JsonMapper();
  private static final double LEAST_SIDE = 2;

  /** Picture {@code i} of this set, its annotations as careless as the set's. */
  public DrawnImage image(int i) {
    DrawnImage drawn = Painter.draw(seed, first + i, side);
    if (carelessness == 0) {
      return drawn;
    }
    RandomNumbers random = new RandomNumbers(RandomNumbers.seedOf(~seed, first + i));
    List<DrawnObject> annotated = new ArrayList<>();
    for (DrawnObject object : drawn.objects()) {
      annotated.add(carelessly(object, random));
    }
    return new DrawnImage(side, drawn.rgb(), annotated);
  }

  private DrawnObject carelessly(DrawnObject object, RandomNumbers random) {
    double byX = carelessness * (object.x2() - object.x1());
    double byY = carelessness * (object.y2() - object.y1());
    double x1 = inside(object.x1() + byX * random.normal());
    double y1 = inside(object.y1() + byY * random.normal());
    double x2 = inside(object.x2() + byX * random.normal());
    double y2 = inside(object.y2() + byY * random.normal());
    return new DrawnObject(
        object.shape(), x1, y1, Math.max(x2, x1 + LEAST_SIDE), Math.max(y2, y1 + LEAST_SIDE));
  }

  private double inside(double edge) {
    return Math.max(0, Math.min(side, edge));
  }

  /** Name of the file of the picture with an id. */
  public static String fileName(long id) {
    return String.format("%08d.png", id);
  }

  /**
   * Writes every picture into a folder and the annotations into a file.
   *
   * @param images folder; made when absent
   * @param annotations file; appears when it is whole
   */
  public void write(Path images, Path annotations) throws IOException {
    Files.createDirectories(images);
    Files.createDirectories(annotations.toAbsolutePath().getParent());
    ObjectNode root = JSON.createObjectNode();
    ArrayNode imageNodes = root.putArray("images");
    ArrayNode annotationNodes = root.putArray("annotations");
    ArrayNode categories = root.putArray("categories");
    for (ShapeClass shape : ShapeClass.values()) {
      categories.addObject().put("id", categoryId(shape)).put("name", shape.label());
    }
    for (int i = 0; i < count; i++) {
      DrawnImage image = image(i);
      Files.write(images.resolve(fileName(first + i)), png(image));
      imageNodes
          .addObject()
          .put("id", first + i)
          .put("file_name", fileName(first + i))
          .put("width", side)
          .put("height", side);
      for (DrawnObject object : image.objects()) {
        double width = object.x2() - object.x1();
        double height = object.y2() - object.y1();
        ObjectNode node = annotationNodes.addObject();
        node.put("id", annotationNodes.size())
            .put("image_id", first + i)
            .put("category_id", categoryId(object.shape()))
            .put("iscrowd", 0)
            .put("area", width * height);
        node.putArray("bbox").add(object.x1()).add(object.y1()).add(width).add(height);
      }
    }
    WholeFile.write(annotations, temporary -> JSON.writeValue(temporary.toFile(), root));
  }

  /** COCO category id of a class; 1 stands for label 0. */
  public static long categoryId(ShapeClass shape) {
    return shape.ordinal() + 1L;
  }

  /** The picture as a PNG file. */
  public static byte[] png(DrawnImage image) {
    BufferedImage pixels =
        new BufferedImage(image.side(), image.side(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = image.rgb();
    for (int i = 0; i < image.side() * image.side(); i++) {
      int value =
          (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | (rgb[3 * i + 2] & 0xff);
      pixels.setRGB(i % image.side(), i / image.side(), value);
    }
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      ImageIO.write(pixels, "png", bytes);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("a picture could not be encoded", e);
    }
  }
}
