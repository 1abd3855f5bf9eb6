package dev.lectern.producer.dataset;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.ForeignContent;
import dev.lectern.schemas.config.JsonError;
import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.config.WholeNumber;
import dev.lectern.schemas.view.LabelPixels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads COCO instances JSON as a stream: segmentations, which are most of such a file, are skipped.
 *
 * <p>Labels are the categories by ascending id, whether annotations use them or not; ids may have
 * gaps. All sources must list the same categories. Numbers may be written as text and whole numbers
 * in any notation; ids of images may be any text. NaN and infinities, which are not JSON but which
 * many programs write, make a box degenerate instead of the file wrong.
 *
 * <p>With classes of pixels, class 0 is {@value #BACKGROUND} and the categories follow; crowd
 * regions are to be ignored, and so is an object whose segmentation cannot be read, within its box.
 */
public final class CocoReader implements DatasetReader {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private static final List<String> LISTS = List.of("images", "annotations", "categories");

  /** Class 0 of pixels. */
  static final String BACKGROUND = "background";

  private static final long BACKGROUND_ID = 0;

  private final List<String> classNames;
  private final boolean ofPixels;

  /**
   * @param classNames the categories to keep, in the order of their labels; null: all by id
   */
  public CocoReader(List<String> classNames) {
    this(classNames, false);
  }

  private CocoReader(List<String> classNames, boolean ofPixels) {
    this.classNames = classNames;
    this.ofPixels = ofPixels;
  }

  /**
   * One that also draws polygons and run lengths as label maps.
   *
   * @param classNames the categories to keep, without the background; null: all by id
   */
  static CocoReader ofPixels(List<String> classNames) {
    return new CocoReader(
        classNames == null
            ? null
            : classNames.stream().filter(name -> !name.equals(BACKGROUND)).toList(),
        true);
  }

  private record ImageEntry(String id, String fileName, int width, int height) {}

  /**
   * @param number the place in the list, from 1
   * @param category as written; null if it is neither a number nor text
   */
  private record BoxEntry(
      int number,
      String id,
      String imageId,
      String category,
      double[] xywh,
      double area,
      boolean crowd,
      CocoSegmentation segmentation) {
    String name() {
      return id == null ? "number " + number : id;
    }

    Long categoryId() {
      return WholeNumber.of(category);
    }

    long numberOr(long other) {
      Long id = categoryId();
      return id == null ? other : id;
    }
  }

  private static final class Content {
    final TreeMap<Long, String> categories = new TreeMap<>();
    final Set<String> names = new HashSet<>();
    final List<ImageEntry> images = new ArrayList<>();
    final List<BoxEntry> boxes = new ArrayList<>();

    /**
     * Categories without gaps, all of which annotations use but the one at an end, and the number
     * beyond the other end more than a few times or in a tenth of the annotations: the program that
     * wrote the annotations counts from another number.
     */
    void requireSameNumbering(Path file) {
      Map<Long, Long> used = new HashMap<>();
      boxes.forEach(box -> used.merge(box.numberOr(Long.MIN_VALUE), 1L, Long::sum));
      if (categories.isEmpty()
          || categories.lastKey() - categories.firstKey() != categories.size() - 1) {
        return;
      }
      for (long shift : new long[] {-1, 1}) {
        long beyond = (shift < 0 ? categories.firstKey() : categories.lastKey()) + shift;
        long unused = shift < 0 ? categories.lastKey() : categories.firstKey();
        long strangers = used.getOrDefault(beyond, 0L);
        boolean many = strangers > Losses.FEW || strangers * 10 >= boxes.size();
        if (strangers > 0
            && many
            && !used.containsKey(unused)
            && categories.keySet().stream().allMatch(id -> id == unused || used.containsKey(id))) {
          throw new UserMistakeException(
              "annotation file "
                  + file
                  + ": found category "
                  + beyond
                  + " in "
                  + strangers
                  + " of "
                  + boxes.size()
                  + " annotations and category "
                  + unused
                  + " in none, where the categories are "
                  + categories.firstKey()
                  + " to "
                  + categories.lastKey()
                  + ", expected both to count from the same number");
        }
      }
    }

    String className(BoxEntry box) {
      if (box.category == null) {
        return null;
      }
      Long id = box.categoryId();
      return categories.getOrDefault(id == null ? Long.MIN_VALUE : id, "with id " + box.category);
    }
  }

  /** The images of a file by id. */
  private static final class Images {
    private final Map<String, ImageEntry> byId = new HashMap<>();
    private final Map<Long, String> byNumber = new HashMap<>();

    /** Ids that stand for several files. */
    private final Set<String> ambiguous = new HashSet<>();

    Images(List<ImageEntry> images) {
      for (ImageEntry image : images) {
        if (image.id == null) {
          continue;
        }
        ImageEntry earlier = byId.putIfAbsent(image.id, image);
        if (earlier != null
            && earlier.fileName != null
            && image.fileName != null
            && !earlier.fileName.equals(image.fileName)) {
          ambiguous.add(image.id);
        }
        Long number = WholeNumber.of(image.id);
        if (earlier == null && number != null) {
          // "1" and "1.0" as two texts: neither is the number.
          byNumber.merge(number, image.id, (one, other) -> "");
        }
      }
    }

    /** The image that an annotation refers to, or null. */
    ImageEntry of(String imageId) {
      ImageEntry image = byId.get(imageId);
      if (image == null) {
        Long number = WholeNumber.of(imageId);
        image = number == null ? null : byId.get(byNumber.getOrDefault(number, ""));
      }
      return image;
    }
  }

  @Override
  public AnnotatedDataset read(List<DatasetSource> sources, Problems problems) {
    DatasetAssembly assembly = new DatasetAssembly(problems);
    TreeMap<Long, String> categories = null;
    Path first = null;
    Map<Long, Integer> labels = Map.of();
    for (DatasetSource source : sources) {
      Content content = parse(source.annotations(), ofPixels);
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
      content.requireSameNumbering(source.annotations());
      assemble(source, content, labels, ofPixels, assembly, problems);
    }
    List<String> names = new ArrayList<>();
    List<Long> ids = new ArrayList<>();
    TreeMap<Integer, Long> byLabel = new TreeMap<>();
    labels.forEach((id, label) -> byLabel.put(label, id));
    if (ofPixels) {
      requireNoBackground(categories, first);
      names.add(BACKGROUND);
      ids.add(BACKGROUND_ID);
    }
    for (Long id : byLabel.values()) {
      names.add(categories.get(id));
      ids.add(id);
    }
    if (ofPixels) {
      LabelMapReader.requireFew(names.size());
    }
    return assembly.finish(names, ids);
  }

  private static void requireNoBackground(Map<Long, String> categories, Path file) {
    if (categories.containsKey(BACKGROUND_ID) || categories.containsValue(BACKGROUND)) {
      throw new UserMistakeException(
          "annotation file "
              + file
              + ": found a category with id 0 or of the name background, expected none: that is the"
              + " class of pixels without an object");
    }
  }

  private Map<Long, Integer> labels(Map<Long, String> categories, Path file) {
    Map<Long, Integer> labels = new LinkedHashMap<>();
    if (ofPixels) {
      new CocoReader(classNames)
          .labels(categories, file)
          .forEach((id, label) -> labels.put(id, label + 1));
      return labels;
    }
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
            "class-names: found '"
                + name
                + "', which is not a category of "
                + file
                + Nearest.hint(name, categories.values()));
      }
      labels.put(id, labels.size());
    }
    return labels;
  }

  private static void assemble(
      DatasetSource source,
      Content content,
      Map<Long, Integer> labels,
      boolean ofPixels,
      DatasetAssembly assembly,
      Problems problems) {
    Path folder =
        DatasetAssembly.folder(source.images(), "image folder").toAbsolutePath().normalize();
    ImageFiles.ByName files = new ImageFiles.ByName(folder);
    String json = source.annotations().getFileName().toString();
    String split = source.splitName();
    Images images = new Images(content.images);
    Set<String> chosen = chosen(source, content, assembly);
    Map<String, List<BoxEntry>> boxesOf = new HashMap<>();
    for (BoxEntry box : content.boxes) {
      ImageEntry image = box.imageId == null ? null : images.of(box.imageId);
      if (image != null && !images.ambiguous.contains(image.id)) {
        boxesOf.computeIfAbsent(image.id, id -> new ArrayList<>()).add(box);
        continue;
      }
      String where = json + " annotation " + box.name();
      String className = content.className(box);
      if (box.imageId == null) {
        problems.dropBox(
            Problem.MALFORMED_ANNOTATION, split, className, where, "found no image_id");
      } else if (image == null) {
        problems.dropBox(
            Problem.UNKNOWN_IMAGE, split, className, where, "found image_id " + box.imageId);
      } else {
        problems.dropBox(
            Problem.DUPLICATE_IMAGE_ID,
            split,
            className,
            where,
            "found image_id " + box.imageId + ", which several files have");
      }
    }
    int number = 0;
    for (ImageEntry image : content.images) {
      number++;
      if (image.id == null || image.fileName == null) {
        problems.dropImage(
            Problem.MALFORMED_IMAGE_ENTRY,
            split,
            json + " image number " + number,
            "found id " + image.id + " and file_name " + image.fileName);
        continue;
      }
      if (chosen != null && !chosen.contains(image.id)) {
        continue;
      }
      if (images.ambiguous.contains(image.id)) {
        problems.dropImage(
            Problem.DUPLICATE_IMAGE_ID,
            split,
            json + " image " + image.id,
            "found it for several files, here " + image.fileName + "; expected an id for each");
        continue;
      }
      Path file;
      try {
        file = files.find(image.fileName);
      } catch (InvalidPathException e) {
        ImageFiles.requireUnicodeNames(image.fileName);
        problems.dropImage(
            Problem.MALFORMED_IMAGE_ENTRY,
            split,
            json + " image " + image.id,
            "found a file_name that is not a path: " + image.fileName.replace('\0', '?'));
        continue;
      }
      String imageId = DatasetAssembly.id(source, image.id);
      if (!assembly.claim(source, imageId, file)) {
        continue;
      }
      if (!file.startsWith(folder)) {
        problems.dropImage(
            Problem.MISSING_IMAGE,
            split,
            json + " image " + image.id,
            "file_name leaves the image folder");
        continue;
      }
      List<AnnotatedBox> boxes = new ArrayList<>();
      List<PixelLabels.Region> regions = new ArrayList<>();
      for (BoxEntry box : boxesOf.getOrDefault(image.id, List.of())) {
        AnnotatedBox annotated = box(source, image, box, content, labels, assembly, problems);
        if (annotated != null) {
          boxes.add(annotated);
          if (ofPixels) {
            regions.add(region(image, box, annotated, json, problems));
          }
        }
      }
      AnnotatedImage annotated =
          new AnnotatedImage(
              imageId, split, file, image.width, image.height, BoxUnit.PIXELS, boxes);
      assembly.add(source, ofPixels ? annotated.with(new PixelLabels.Drawn(regions)) : annotated);
    }
  }

  private static PixelLabels.Region region(
      ImageEntry image, BoxEntry box, AnnotatedBox annotated, String json, Problems problems) {
    CocoSegmentation drawn = box.segmentation;
    int label = annotated.crowd() ? LabelPixels.IGNORED : annotated.label();
    double area = annotated.area() < 0 ? annotated.width() * annotated.height() : annotated.area();
    String unreadable = unreadable(drawn, image);
    if (unreadable != null) {
      problems.report(
          Problem.UNREADABLE_SEGMENTATION,
          json + " annotation " + box.name(),
          unreadable + "; its box is to be ignored");
      return new PixelLabels.Region(LabelPixels.IGNORED, area, List.of(outline(annotated)), null);
    }
    return new PixelLabels.Region(label, area, drawn.polygons(), drawn.runs());
  }

  /** What is wrong with a segmentation, or null. */
  private static String unreadable(CocoSegmentation drawn, ImageEntry image) {
    if (drawn == null || drawn.isEmpty()) {
      return "found no polygon and no run lengths";
    }
    RunLengths runs = drawn.runs();
    boolean sized = image.width > 0 && image.height > 0;
    if (runs != null && sized && !runs.isOfSize(image.width, image.height)) {
      return "found run lengths of "
          + runs.width()
          + "x"
          + runs.height()
          + " in an image of "
          + image.width
          + "x"
          + image.height;
    }
    return null;
  }

  private static float[] outline(AnnotatedBox box) {
    float left = (float) box.x();
    float top = (float) box.y();
    float right = (float) (box.x() + box.width());
    float bottom = (float) (box.y() + box.height());
    return new float[] {left, top, right, top, right, bottom, left, bottom};
  }

  /** Ids of the images that the split file lists; null: all. */
  private static Set<String> chosen(
      DatasetSource source, Content content, DatasetAssembly assembly) {
    if (source.splitFile() == null) {
      return null;
    }
    Map<String, String> known = new LinkedHashMap<>();
    for (ImageEntry image : content.images) {
      if (image.id != null && image.fileName != null) {
        String name = image.fileName.replace('\\', '/');
        known.putIfAbsent(name, image.id);
        known.putIfAbsent(ImageFiles.stem(name), image.id);
      }
    }
    for (ImageEntry image : content.images) {
      if (image.id != null) {
        known.putIfAbsent(image.id, image.id);
      }
    }
    return assembly.listed(
        source,
        SplitFile.read(source.splitFile()),
        known,
        Problem.MISSING_IMAGE,
        "is not an image of " + source.annotations(),
        source.images());
  }

  private static AnnotatedBox box(
      DatasetSource source,
      ImageEntry image,
      BoxEntry box,
      Content content,
      Map<Long, Integer> labels,
      DatasetAssembly assembly,
      Problems problems) {
    String where =
        source.annotations().getFileName() + " annotation " + box.name() + " of " + image.fileName;
    String split = source.splitName();
    String className = content.className(box);
    if (box.xywh == null || box.category == null) {
      problems.dropBox(
          Problem.MALFORMED_ANNOTATION,
          split,
          className,
          where,
          box.category == null
              ? "found no category_id"
              : "found no bbox of four numbers: left, top, width, height");
      return null;
    }
    Long categoryId = box.categoryId();
    Integer label = categoryId == null ? null : labels.get(categoryId);
    if (label == null) {
      String reason = "found category_id " + box.category;
      if (categoryId != null && content.categories.containsKey(categoryId)) {
        problems.report(
            Problem.UNKNOWN_CATEGORY, where, reason + " (" + className + "), not in class-names");
      } else {
        problems.dropBox(
            Problem.UNKNOWN_CATEGORY,
            split,
            className,
            where,
            reason + ", which is not among the categories");
      }
      return null;
    }
    if (Boxes.degenerate(box.xywh)) {
      problems.dropBox(
          Problem.DEGENERATE_BOX, split, className, where, "found bbox " + Boxes.text(box.xywh));
      return null;
    }
    return new AnnotatedBox(
        box.id == null
            ? assembly.unused(DatasetAssembly.id(source, image.id + ":" + label))
            : assembly.annotationId(DatasetAssembly.id(source, box.id), where),
        label,
        box.crowd,
        box.xywh[0],
        box.xywh[1],
        box.xywh[2],
        box.xywh[3],
        box.area);
  }

  // ------------------------------------------------------------------------------- the JSON stream

  private static Content parse(Path file, boolean ofPixels) {
    if (!Files.isRegularFile(file)) {
      throw new UserMistakeException(
          "annotation file "
              + file
              + ": "
              + (Files.exists(file) ? "found a folder, expected a COCO JSON file" : "not found"));
    }
    Content content = new Content();
    List<String> missing = new ArrayList<>(LISTS);
    try (JsonParser parser = JSON.createParser(file.toFile())) {
      JsonToken start = parser.nextToken();
      if (start != JsonToken.START_OBJECT) {
        throw notCoco(file, start == null ? "the file is empty" : "found no JSON object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        JsonToken value = parser.nextToken();
        if (!LISTS.contains(key)) {
          parser.skipChildren();
          continue;
        }
        if (!missing.remove(key)) {
          throw notCoco(file, "found key '" + key + "' twice");
        }
        if (value != JsonToken.START_ARRAY) {
          throw notCoco(file, "key '" + key + "' is not a list");
        }
        while (parser.nextToken() == JsonToken.START_OBJECT) {
          switch (key) {
            case "images" -> content.images.add(image(parser));
            case "annotations" ->
                content.boxes.add(annotation(parser, content.boxes.size() + 1, ofPixels));
            default -> category(parser, content, file);
          }
        }
        if (parser.currentToken() != JsonToken.END_ARRAY) {
          throw notCoco(file, "key '" + key + "' holds something that is not an object");
        }
      }
      if (parser.nextToken() != null) {
        throw notCoco(file, "found more after its end, as if files were joined");
      }
    } catch (JsonProcessingException e) {
      throw new UserMistakeException(
          "annotation file "
              + file
              + ": "
              + ForeignContent.of(file).orElse("not JSON: " + JsonError.at(e)),
          e);
    } catch (IOException e) {
      throw new UserMistakeException(
          "annotation file " + file + ": cannot be read: " + FileError.reason(e), e);
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

  private static BoxEntry annotation(JsonParser parser, int number, boolean ofPixels)
      throws IOException {
    String id = null;
    String imageId = null;
    String category = null;
    double[] xywh = null;
    double area = -1;
    boolean crowd = false;
    CocoSegmentation segmentation = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case "id" -> id = scalar(parser);
        case "image_id" -> imageId = scalar(parser);
        case "category_id" -> category = scalar(parser);
        case "bbox" -> xywh = numbers(parser);
        case "area" -> area = area(parser);
        case "iscrowd" -> crowd = "true".equalsIgnoreCase(parser.getText()) || number(parser) != 0;
        case "segmentation" -> {
          if (ofPixels) {
            segmentation = CocoSegmentation.read(parser);
          } else {
            parser.skipChildren();
          }
        }
        default -> parser.skipChildren();
      }
    }
    return new BoxEntry(number, id, imageId, category, xywh, area, crowd, segmentation);
  }

  private static void category(JsonParser parser, Content content, Path file) throws IOException {
    String id = null;
    String name = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case "id" -> id = scalar(parser);
        case "name" -> name = scalar(parser);
        default -> parser.skipChildren();
      }
    }
    Long number = WholeNumber.of(id);
    if (number == null || name == null || ClassNames.stripped(name).isEmpty()) {
      throw notCoco(
          file,
          "found a category with id "
              + (id == null ? "missing" : "'" + id + "'")
              + " and name "
              + (name == null ? "missing" : "'" + name + "'")
              + ", expected a whole number and a text");
    }
    name = ClassNames.stripped(name);
    String earlier = content.categories.putIfAbsent(number, name);
    if (earlier != null && !earlier.equals(name)) {
      throw notCoco(file, "category " + id + " is both '" + earlier + "' and '" + name + "'");
    }
    if (earlier == null && !content.names.add(name)) {
      throw new UserMistakeException(
          "annotation file "
              + file
              + ": category "
              + id
              + " has the name '"
              + name
              + "' of another one, expected a name for each; rename one, or give their annotations"
              + " one id");
    }
  }

  /**
   * Text of a number or string; whole numbers without point and exponent; null for anything else.
   */
  private static String scalar(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.VALUE_STRING) {
      return parser.getText();
    }
    if (token.isNumeric() && !parser.isNaN()) {
      Long whole = WholeNumber.of(parser.getText());
      return whole == null ? parser.getText() : Long.toString(whole);
    }
    parser.skipChildren();
    return null;
  }

  /** A number, also one written as text; 0 for anything else, NaN included. */
  private static double number(JsonParser parser) throws IOException {
    double value = real(parser);
    return Double.isFinite(value) ? value : 0;
  }

  /** A number, also one written as text; NaN for anything else. */
  private static double real(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token.isNumeric()) {
      return parser.getDoubleValue();
    }
    if (token == JsonToken.VALUE_STRING) {
      try {
        return Double.parseDouble(parser.getText());
      } catch (NumberFormatException e) {
        return Double.NaN;
      }
    }
    parser.skipChildren();
    return Double.NaN;
  }

  /** Square pixels; -1, that of the box, for what is none. */
  private static double area(JsonParser parser) throws IOException {
    double area = real(parser);
    return Double.isFinite(area) ? area : -1;
  }

  private static int side(JsonParser parser) throws IOException {
    Long value = WholeNumber.of(scalar(parser));
    return value == null || value < 0 || value > Integer.MAX_VALUE ? 0 : value.intValue();
  }

  /** Four numbers, some of which may not be finite; null for anything else. */
  private static double[] numbers(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return null;
    }
    double[] four = new double[4];
    int n = 0;
    boolean good = true;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      JsonToken token = parser.currentToken();
      double value = real(parser);
      boolean number =
          token.isNumeric() || (token == JsonToken.VALUE_STRING && !Double.isNaN(value));
      if (!number || n == 4) {
        good = false;
      } else {
        four[n++] = value;
      }
    }
    return good && n == 4 ? four : null;
  }
}
