package dev.lectern.trainer.eval;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.lectern.schemas.config.BoxForm;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.ForeignContent;
import dev.lectern.schemas.config.JsonError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.config.WholeNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads COCO annotation and result files as streams; fields that boxes do not need (segmentations,
 * licences) are skipped without being kept. Whole numbers may be written in any notation and as
 * text, and ids of images may be any text, as {@code publish} reads them.
 *
 * <p>Every mistake in a file becomes a {@link UserMistakeException} that names the file, the entry
 * and the field.
 */
public final class CocoJson {
  private static final Logger LOG = LoggerFactory.getLogger(CocoJson.class);

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /** Up to so many annotations without a box are left out, whatever their share. */
  private static final int FEW = 4;

  /** Masks are smaller than their boxes, but not so many times. */
  private static final int ODD_AREA = 100;

  private static final String NOTHING =
      " overlap nothing; expected bbox [left, top, width, height] in pixels";

  private static final String NO_BOX =
      "field 'bbox' is not an array of 4 numbers [left, top, width, height]";

  private CocoJson() {}

  /**
   * Reads an annotation file: an object with {@code images}, {@code categories} and {@code
   * annotations}. The area of an annotation is that of its box where it has none; annotations
   * without a box are left out, and counted in a warning; so are areas that are none of their
   * boxes.
   *
   * @throws UserMistakeException if the file is absent, malformed, lacks a field, or an annotation
   *     names an unknown image or category, or two categories have one name, or most annotations
   *     have no box, or boxes plainly of another form
   */
  public static GroundTruthSet readGroundTruth(Path file) {
    return read(
        file,
        parser -> {
          List<Image> images = null;
          List<Category> categories = null;
          List<Entry> annotations = null;
          Set<String> seen = new HashSet<>();
          expect(parser, file, "the file", parser.nextToken(), JsonToken.START_OBJECT, "an object");
          while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (!seen.add(field)) {
              throw new UserMistakeException(file + ": field '" + field + "' occurs twice");
            }
            switch (field) {
              case "images" -> images = entries(parser, file, field, value, CocoJson::image);
              case "categories" ->
                  categories = entries(parser, file, field, value, CocoJson::category);
              case "annotations" ->
                  annotations = entries(parser, file, field, value, entry -> entry);
              default -> parser.skipChildren();
            }
          }
          require(file, "images", images);
          require(file, "categories", categories);
          require(file, "annotations", annotations);
          requireNames(file, categories, annotations);
          Map<String, Long> textIds = textIds(images.stream().map(Image::id).toList());
          List<Long> numbers = images.stream().map(image -> number(image.id, textIds)).toList();
          Map<Long, ImageSize> sizes = new HashMap<>();
          for (int i = 0; i < numbers.size(); i++) {
            ImageSize size = images.get(i).size;
            if (size != null) {
              sizes.put(numbers.get(i), size);
            }
          }
          try {
            return new GroundTruthSet(
                numbers, categories, objects(file, annotations, textIds, sizes), textIds, sizes);
          } catch (IllegalArgumentException e) {
            throw new UserMistakeException(file + ": " + e.getMessage(), e);
          }
        });
  }

  /**
   * Reads a result file: an array of objects with {@code image_id}, {@code category_id}, {@code
   * bbox} and {@code score}. Boxes of negative width or height overlap nothing; they are counted in
   * a warning.
   *
   * @throws UserMistakeException if the file is absent, malformed, lacks a field, or a detection
   *     names an image or category that {@code truth} does not have, or boxes are fractions
   */
  public static List<Detection> readDetections(Path file, GroundTruthSet truth) {
    Set<Long> images = new HashSet<>(truth.imageIds());
    Set<Long> categories = new HashSet<>();
    truth.categories().forEach(category -> categories.add(category.id()));
    List<Detection> detections = readAll(file, truth, images, categories);
    List<Box> boxes = detections.stream().map(Detection::box).toList();
    BoxForm form = new BoxForm();
    for (int i = 0; i < boxes.size(); i++) {
      int number = i;
      count(
          form,
          boxes.get(i),
          truth.sizes().get(detections.get(i).imageId()),
          () -> "detections[" + number + "]");
    }
    // A poor detector may leave some boxes without size in a corner.
    form.fractions(0.5).ifPresent(found -> refuse(file, found));
    // Those of large objects may reach beyond their images.
    form.edges().ifPresent(found -> LOG.warn("{}: {}", file, found));
    int[] negative =
        IntStream.range(0, boxes.size())
            .filter(i -> boxes.get(i).width() < 0 || boxes.get(i).height() < 0)
            .toArray();
    if (negative.length > 0) {
      LOG.warn(
          "{}: {} of {} detections have a negative width or height, the first detections[{}], and"
              + NOTHING,
          file,
          negative.length,
          boxes.size(),
          negative[0]);
    }
    return detections;
  }

  private static void count(BoxForm form, Box box, ImageSize size, Supplier<String> place) {
    double[] four = {box.x(), box.y(), box.width(), box.height()};
    form.countPixels(
        four,
        size == null ? null : new double[] {size.width(), size.height()},
        () -> place.get() + ": found bbox " + Arrays.toString(four));
  }

  private static void refuse(Path file, String found) {
    throw new UserMistakeException(file + ": " + found);
  }

  private static List<Detection> readAll(
      Path file, GroundTruthSet truth, Set<Long> images, Set<Long> categories) {
    return read(
        file,
        parser ->
            entries(
                parser,
                file,
                "detections",
                parser.nextToken(),
                fields -> {
                  Long image = number(fields.imageId(), truth.textIds());
                  if (image == null || !images.contains(image)) {
                    throw fields.mistake(
                        "image_id "
                            + fields.imageId()
                            + " is not among the images of the ground truth");
                  }
                  Detection detection =
                      new Detection(image, fields.categoryId(), fields.box(), fields.score());
                  if (!categories.contains(detection.categoryId())) {
                    throw fields.mistake(
                        "category_id "
                            + detection.categoryId()
                            + " is not among the categories of the ground truth");
                  }
                  return detection;
                }));
  }

  private static Category category(Entry entry) {
    return new Category(entry.id(), entry.name());
  }

  /** An image of the annotations; null for a size that they do not state. */
  private record Image(String id, ImageSize size) {}

  private static Image image(Entry entry) {
    boolean sized = entry.width > 0 && entry.height > 0;
    return new Image(entry.textId(), sized ? new ImageSize(entry.width, entry.height) : null);
  }

  /** Two categories of which annotations use both must not have one name. */
  private static void requireNames(Path file, List<Category> categories, List<Entry> annotations) {
    Set<Long> used = new HashSet<>();
    annotations.forEach(entry -> used.add(entry.categoryId()));
    Map<String, Long> ids = new HashMap<>();
    for (Category category : categories.stream().filter(c -> used.contains(c.id())).toList()) {
      Long earlier = ids.putIfAbsent(category.name().strip(), category.id());
      if (earlier != null && earlier != category.id()) {
        throw new UserMistakeException(
            file
                + ": categories "
                + earlier
                + " and "
                + category.id()
                + " have the name '"
                + category.name()
                + "', expected a name for each; rename one, or give their annotations one id");
      }
    }
  }

  /** Numbers for ids of which some are not whole numbers, in the order of the texts; else empty. */
  private static Map<String, Long> textIds(List<String> images) {
    if (images.stream().allMatch(id -> WholeNumber.of(id) != null)) {
      return Map.of();
    }
    Map<String, Long> numbers = new HashMap<>();
    for (String id : new TreeSet<>(images)) {
      numbers.put(id, (long) numbers.size());
    }
    return numbers;
  }

  /** The number of an image id; null for a text that no image has. */
  private static Long number(String id, Map<String, Long> textIds) {
    return textIds.isEmpty() ? WholeNumber.of(id) : textIds.get(id);
  }

  private static List<TruthBox> objects(
      Path file, List<Entry> annotations, Map<String, Long> textIds, Map<Long, ImageSize> sizes) {
    List<TruthBox> objects = new ArrayList<>();
    BoxForm form = new BoxForm();
    List<String> flat = new ArrayList<>();
    List<String> odd = new ArrayList<>();
    String first = null;
    for (Entry entry : annotations) {
      Long image = number(entry.imageId(), textIds);
      if (image == null) {
        throw entry.mistake("image_id " + entry.imageId() + " is not among the images");
      }
      if (entry.box == null) {
        first = first == null ? entry.place : first;
        continue;
      }
      Box box = entry.box();
      double area = Double.isFinite(entry.area) && entry.area >= 0 ? entry.area : box.area();
      if (box.width() <= 0 || box.height() <= 0) {
        flat.add(entry.place);
      } else if (area * ODD_AREA < box.area() || area > ODD_AREA * box.area()) {
        odd.add(entry.place);
      }
      count(form, box, sizes.get(image), () -> entry.place);
      objects.add(new TruthBox(image, entry.categoryId(), box, area, entry.crowd));
    }
    form.fractions(BoxForm.FEW_ANNOTATED).ifPresent(found -> refuse(file, found));
    form.edges().ifPresent(found -> refuse(file, found));
    if (odd.size() * 10 >= objects.size() && !odd.isEmpty()) {
      LOG.warn(
          "{}: {} of {} annotations have an area more than {} times larger or smaller than their"
              + " box's, the first {}; it decides which objects are small, medium and large",
          file,
          odd.size(),
          annotations.size(),
          ODD_AREA,
          odd.get(0));
    }
    if (!flat.isEmpty()) {
      LOG.warn(
          "{}: {} of {} annotations have no width or height, the first {}, and" + NOTHING,
          file,
          flat.size(),
          annotations.size(),
          flat.get(0));
    }
    int left = annotations.size() - objects.size();
    if (left > 0) {
      String found =
          file
              + ": "
              + left
              + " of "
              + annotations.size()
              + " annotations have no box, the first "
              + first
              + ": "
              + NO_BOX;
      if (objects.isEmpty() || (left > objects.size() && left > FEW)) {
        throw new UserMistakeException(found + "; correct the annotations");
      }
      LOG.warn("{}; left out", found);
    }
    if (objects.stream().allMatch(TruthBox::crowd)) {
      LOG.warn(
          "{}: found no annotation of an object{}; every figure is -1",
          file,
          objects.isEmpty() ? "" : ", only those of crowds (iscrowd)");
    }
    return objects;
  }

  private static <T> T read(Path file, Reading<T> reading) {
    if (!Files.isRegularFile(file)) {
      throw new UserMistakeException(file + ": " + FileError.noFile(file));
    }
    try (JsonParser parser = JSON.createParser(file.toFile())) {
      T content = reading.read(parser);
      if (parser.nextToken() != null) {
        throw new UserMistakeException(
            file + ": found more after its end, as if files were joined");
      }
      return content;
    } catch (JsonProcessingException e) {
      throw new UserMistakeException(
          file + ": " + ForeignContent.of(file).orElse("not valid JSON at " + JsonError.at(e)), e);
    } catch (IOException e) {
      throw new UserMistakeException(file + ": cannot be read: " + FileError.reason(e), e);
    }
  }

  private static <T> List<T> entries(
      JsonParser parser, Path file, String name, JsonToken start, EntryReader<T> reader)
      throws IOException {
    expect(parser, file, name, start, JsonToken.START_ARRAY, "an array");
    List<T> entries = new ArrayList<>();
    JsonToken token;
    while ((token = parser.nextToken()) != JsonToken.END_ARRAY) {
      String place = name + "[" + entries.size() + "]";
      expect(parser, file, place, token, JsonToken.START_OBJECT, "an object");
      entries.add(reader.read(Entry.read(parser, file, place)));
    }
    return entries;
  }

  private static void expect(
      JsonParser parser, Path file, String place, JsonToken found, JsonToken wanted, String words)
      throws IOException {
    if (found != wanted) {
      throw new UserMistakeException(
          file
              + ": "
              + place
              + " is "
              + (found == null ? "empty" : "'" + firstLine(parser.getText()) + "'")
              + ", expected "
              + words
              + " (line "
              + parser.currentLocation().getLineNr()
              + ")");
    }
  }

  private static void require(Path file, String field, Object value) {
    if (value == null) {
      throw new UserMistakeException(
          file
              + ": no field '"
              + field
              + "', expected COCO annotations (images, categories, annotations)");
    }
  }

  private static String firstLine(String text) {
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }

  private interface Reading<T> {
    T read(JsonParser parser) throws IOException;
  }

  private interface EntryReader<T> {
    T read(Entry entry);
  }

  /** The fields of one array entry that boxes need; the others are skipped. */
  private static final class Entry {
    private final Path file;
    private final String place;
    private String id;
    private String imageId;
    private String categoryId;
    private double area = Double.NaN;
    private double width;
    private double height;
    private Double score;
    private double[] box;
    private boolean crowd;
    private String name;

    private Entry(Path file, String place) {
      this.file = file;
      this.place = place;
    }

    static Entry read(JsonParser parser, Path file, String place) throws IOException {
      Entry entry = new Entry(file, place);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        JsonToken value = parser.nextToken();
        switch (field) {
          case "id" -> entry.id = scalar(parser, value);
          case "image_id" -> entry.imageId = scalar(parser, value);
          case "category_id" -> entry.categoryId = scalar(parser, value);
          case "area" -> entry.area = real(parser, value);
          case "width" -> entry.width = real(parser, value);
          case "height" -> entry.height = real(parser, value);
          case "score" -> entry.score = entry.score(parser, value);
          case "bbox" -> entry.box = four(parser, value);
          case "iscrowd" -> entry.crowd = isCrowd(parser, value);
          case "name" -> entry.name = parser.getText();
          default -> {}
        }
        parser.skipChildren();
      }
      return entry;
    }

    String textId() {
      return present("id", id);
    }

    long id() {
      return whole("id", id);
    }

    String imageId() {
      return present("image_id", imageId);
    }

    long categoryId() {
      return whole("category_id", categoryId);
    }

    double score() {
      return present("score", score);
    }

    Box box() {
      if (box == null) {
        throw mistake(NO_BOX);
      }
      double[] four = box;
      return new Box(four[0], four[1], four[2], four[3]);
    }

    String name() {
      return present("name", name);
    }

    UserMistakeException mistake(String message) {
      return new UserMistakeException(file + ": " + place + ": " + message);
    }

    private <T> T present(String field, T value) {
      if (value == null) {
        throw mistake("field '" + field + "' is missing or of the wrong type");
      }
      return value;
    }

    private long whole(String field, String text) {
      Long number = WholeNumber.of(present(field, text));
      if (number == null) {
        throw mistake("field '" + field + "' is '" + text + "', expected a whole number");
      }
      return number;
    }

    private Double score(JsonParser parser, JsonToken value) throws IOException {
      if (!value.isNumeric() || !Double.isFinite(parser.getDoubleValue())) {
        throw mistake("field 'score' is '" + parser.getText() + "', expected a number");
      }
      return parser.getDoubleValue();
    }

    /** Text of a number or string, whole numbers without point; null for anything else. */
    private static String scalar(JsonParser parser, JsonToken value) throws IOException {
      if (value == JsonToken.VALUE_STRING) {
        return parser.getText();
      }
      if (!value.isNumeric() || parser.isNaN()) {
        return null;
      }
      Long whole = WholeNumber.of(parser.getText());
      return whole == null ? parser.getText() : Long.toString(whole);
    }

    /** A number, also one written as text; NaN for anything else. */
    private static double real(JsonParser parser, JsonToken value) throws IOException {
      if (value.isNumeric()) {
        return parser.getDoubleValue();
      }
      try {
        return value == JsonToken.VALUE_STRING ? Double.parseDouble(parser.getText()) : Double.NaN;
      } catch (NumberFormatException e) {
        return Double.NaN;
      }
    }

    /** Four finite numbers; null for anything else. */
    private static double[] four(JsonParser parser, JsonToken start) throws IOException {
      if (start != JsonToken.START_ARRAY) {
        return null;
      }
      double[] values = new double[4];
      int count = 0;
      boolean good = true;
      for (JsonToken token = parser.nextToken();
          token != JsonToken.END_ARRAY;
          token = parser.nextToken()) {
        double value = real(parser, token);
        parser.skipChildren();
        good &= Double.isFinite(value);
        if (count < 4) {
          values[count] = value;
        }
        count++;
      }
      return good && count == 4 ? values : null;
    }

    private static boolean isCrowd(JsonParser parser, JsonToken value) throws IOException {
      double number = real(parser, value);
      return "true".equalsIgnoreCase(parser.getText()) || (Double.isFinite(number) && number != 0);
    }
  }
}
