package dev.lectern.producer.dataset;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.lectern.schemas.config.FileTrouble;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads COCO instances JSON as a stream: segmentations, which are most of such a file, are skipped.
 *
 * <p>Labels are the categories by ascending id, whether annotations use them or not; ids may have
 * gaps. All sources must list the same categories.
 */
public final class CocoReader implements DatasetReader {
  private static final JsonFactory JSON = new JsonFactory();

  private final List<String> classNames;

  /**
   * @param classNames the categories to keep, in the order of their labels; null: all by id
   */
  public CocoReader(List<String> classNames) {
    this.classNames = classNames;
  }

  private record ImageEntry(String id, String fileName, int width, int height) {}

  private record BoxEntry(
      String id, String imageId, Long categoryId, double[] xywh, double area, boolean crowd) {}

  private static final class Content {
    final TreeMap<Long, String> categories = new TreeMap<>();
    final List<ImageEntry> images = new ArrayList<>();
    final List<BoxEntry> boxes = new ArrayList<>();
  }

  @Override
  public AnnotatedDataset read(List<DatasetSource> sources, Problems problems) {
    DatasetAssembly assembly = new DatasetAssembly(problems);
    TreeMap<Long, String> categories = null;
    Path first = null;
    Map<Long, Integer> labels = Map.of();
    for (DatasetSource source : sources) {
      Content content = parse(source.annotations());
      if (categories == null) {
        categories = content.categories;
        first = source.annotations();
        labels = labels(categories, first);
      } else if (!categories.equals(content.categories)) {
        throw new UserMistakeException(
            source.annotations()
                + ": found other categories than in "
                + first
                + ", expected the same");
      }
      assemble(source, content, labels, assembly, problems);
    }
    List<String> names = new ArrayList<>();
    List<Long> ids = new ArrayList<>();
    TreeMap<Integer, Long> byLabel = new TreeMap<>();
    labels.forEach((id, label) -> byLabel.put(label, id));
    for (Long id : byLabel.values()) {
      names.add(categories.get(id));
      ids.add(id);
    }
    return assembly.finish(names, ids);
  }

  private Map<Long, Integer> labels(Map<Long, String> categories, Path file) {
    Map<Long, Integer> labels = new LinkedHashMap<>();
    if (classNames == null) {
      for (Long id : categories.keySet()) {
        labels.put(id, labels.size());
      }
      return labels;
    }
    for (String name : classNames) {
      Long id = null;
      for (Map.Entry<Long, String> category : categories.entrySet()) {
        if (category.getValue().equals(name)) {
          id = category.getKey();
          break;
        }
      }
      if (id == null) {
        throw new UserMistakeException(
            "class-names: found '" + name + "', which is no category of " + file);
      }
      labels.put(id, labels.size());
    }
    return labels;
  }

  private static void assemble(
      DatasetSource source,
      Content content,
      Map<Long, Integer> labels,
      DatasetAssembly assembly,
      Problems problems) {
    Path folder =
        DatasetAssembly.folder(source.images(), "image folder").toAbsolutePath().normalize();
    String json = source.annotations().getFileName().toString();
    Map<String, List<BoxEntry>> boxesOf = new HashMap<>();
    Map<String, ImageEntry> known = new HashMap<>();
    for (ImageEntry image : content.images) {
      if (image.id != null) {
        known.putIfAbsent(image.id, image);
      }
    }
    for (BoxEntry box : content.boxes) {
      String where = json + " annotation " + box.id;
      if (box.imageId == null) {
        problems.report(Problem.MALFORMED_ANNOTATION, where, "found no image_id");
      } else if (!known.containsKey(box.imageId)) {
        problems.report(Problem.UNKNOWN_IMAGE, where, "found image_id " + box.imageId);
      } else {
        boxesOf.computeIfAbsent(box.imageId, id -> new ArrayList<>()).add(box);
      }
    }
    int number = 0;
    for (ImageEntry image : content.images) {
      number++;
      if (image.id == null || image.fileName == null) {
        problems.report(
            Problem.MALFORMED_IMAGE_ENTRY,
            json + " image number " + number,
            "found id " + image.id + " and file_name " + image.fileName);
        continue;
      }
      Path file;
      try {
        file = folder.resolve(image.fileName).normalize();
      } catch (java.nio.file.InvalidPathException e) {
        problems.report(
            Problem.MALFORMED_IMAGE_ENTRY, json + " image " + image.id, "file_name is no path");
        continue;
      }
      String imageId = DatasetAssembly.id(source, image.id);
      if (!assembly.claim(source, imageId, file)) {
        continue;
      }
      if (!file.startsWith(folder)) {
        problems.report(
            Problem.MISSING_IMAGE,
            json + " image " + image.id,
            "file_name leaves the image folder");
        continue;
      }
      List<AnnotatedBox> boxes = new ArrayList<>();
      for (BoxEntry box : boxesOf.getOrDefault(image.id, List.of())) {
        AnnotatedBox annotated = box(source, image, box, labels, json, assembly, problems);
        if (annotated != null) {
          boxes.add(annotated);
        }
      }
      assembly.add(
          new AnnotatedImage(
              imageId, source.splitName(), file, image.width, image.height, BoxUnit.PIXELS, boxes));
    }
  }

  private static AnnotatedBox box(
      DatasetSource source,
      ImageEntry image,
      BoxEntry box,
      Map<Long, Integer> labels,
      String json,
      DatasetAssembly assembly,
      Problems problems) {
    String where = json + " annotation " + box.id + " of " + image.fileName;
    if (box.xywh == null || box.categoryId == null) {
      problems.report(
          Problem.MALFORMED_ANNOTATION,
          where,
          "expected category_id and a bbox of four numbers, found category_id " + box.categoryId);
      return null;
    }
    Integer label = labels.get(box.categoryId);
    if (label == null) {
      problems.report(Problem.UNKNOWN_CATEGORY, where, "found category_id " + box.categoryId);
      return null;
    }
    if (Boxes.degenerate(box.xywh)) {
      problems.report(Problem.DEGENERATE_BOX, where, "found bbox " + Boxes.text(box.xywh));
      return null;
    }
    String ownId = box.id == null ? image.id + ":" + label : box.id;
    return new AnnotatedBox(
        assembly.annotationId(DatasetAssembly.id(source, ownId), where),
        label,
        box.crowd,
        box.xywh[0],
        box.xywh[1],
        box.xywh[2],
        box.xywh[3],
        box.area);
  }

  // ------------------------------------------------------------------------------- the JSON stream

  private static Content parse(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new UserMistakeException(
          "annotation file "
              + file
              + ": "
              + (Files.exists(file) ? "found a folder, expected a COCO JSON file" : "not found"));
    }
    Content content = new Content();
    List<String> missing = new ArrayList<>(List.of("images", "annotations", "categories"));
    try (JsonParser parser = JSON.createParser(file.toFile())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw notCoco(file, "found no JSON object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        JsonToken value = parser.nextToken();
        if (!missing.contains(key)) {
          parser.skipChildren();
          continue;
        }
        missing.remove(key);
        if (value != JsonToken.START_ARRAY) {
          throw notCoco(file, "key '" + key + "' is no list");
        }
        while (parser.nextToken() == JsonToken.START_OBJECT) {
          switch (key) {
            case "images" -> content.images.add(image(parser));
            case "annotations" -> content.boxes.add(annotation(parser));
            default -> category(parser, content, file);
          }
        }
        if (parser.currentToken() != JsonToken.END_ARRAY) {
          throw notCoco(file, "key '" + key + "' holds something that is no object");
        }
      }
    } catch (JsonProcessingException e) {
      throw new UserMistakeException(
          "annotation file "
              + file
              + ": not JSON: line "
              + (e.getLocation() == null ? 0 : e.getLocation().getLineNr())
              + ": "
              + e.getOriginalMessage().lines().findFirst().orElse(""),
          e);
    } catch (IOException e) {
      throw new UserMistakeException(
          "annotation file " + file + ": cannot be read: " + FileTrouble.why(e), e);
    }
    if (!missing.isEmpty()) {
      throw notCoco(file, "missing key '" + String.join("', '", missing) + "'");
    }
    return content;
  }

  private static UserMistakeException notCoco(Path file, String reason) {
    return new UserMistakeException(
        "annotation file "
            + file
            + ": not COCO: "
            + reason
            + "; expected an object with the lists images, annotations and categories");
  }

  private static ImageEntry image(JsonParser parser) throws IOException {
    String id = null;
    String fileName = null;
    int width = 0;
    int height = 0;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case "id" -> id = scalar(parser);
        case "file_name" -> fileName = scalar(parser);
        case "width" -> width = side(parser);
        case "height" -> height = side(parser);
        default -> parser.skipChildren();
      }
    }
    return new ImageEntry(id, fileName, width, height);
  }

  private static BoxEntry annotation(JsonParser parser) throws IOException {
    String id = null;
    String imageId = null;
    Long categoryId = null;
    double[] xywh = null;
    double area = -1;
    boolean crowd = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (key) {
        case "id" -> id = scalar(parser);
        case "image_id" -> imageId = scalar(parser);
        case "category_id" -> categoryId = integer(parser);
        case "bbox" -> xywh = numbers(parser);
        case "area" -> area = value.isNumeric() ? parser.getDoubleValue() : skipped(parser, -1);
        case "iscrowd" ->
            crowd =
                value == JsonToken.VALUE_TRUE
                    || (value.isNumeric() ? parser.getDoubleValue() : skipped(parser, 0)) != 0;
        default -> parser.skipChildren();
      }
    }
    return new BoxEntry(id, imageId, categoryId, xywh, area, crowd);
  }

  private static void category(JsonParser parser, Content content, Path file) throws IOException {
    Long id = null;
    String name = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case "id" -> id = integer(parser);
        case "name" -> name = scalar(parser);
        default -> parser.skipChildren();
      }
    }
    if (id == null || name == null) {
      throw notCoco(file, "a category has id " + id + " and name " + name);
    }
    String earlier = content.categories.putIfAbsent(id, name);
    if (earlier != null && !earlier.equals(name)) {
      throw notCoco(file, "category " + id + " is both '" + earlier + "' and '" + name + "'");
    }
  }

  /** Text of a number or string; null for anything else. */
  private static String scalar(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.VALUE_STRING || token.isNumeric()) {
      return parser.getText();
    }
    parser.skipChildren();
    return null;
  }

  private static Long integer(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      return parser.getLongValue();
    }
    parser.skipChildren();
    return null;
  }

  private static int side(JsonParser parser) throws IOException {
    Long value = integer(parser);
    return value == null || value < 0 || value > Integer.MAX_VALUE ? 0 : value.intValue();
  }

  private static double skipped(JsonParser parser, double standard) throws IOException {
    parser.skipChildren();
    return standard;
  }

  private static double[] numbers(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return null;
    }
    double[] four = new double[4];
    int n = 0;
    boolean good = true;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (!parser.currentToken().isNumeric() || n == 4) {
        good = false;
        parser.skipChildren();
      } else {
        four[n++] = parser.getDoubleValue();
      }
    }
    return good && n == 4 ? four : null;
  }
}
