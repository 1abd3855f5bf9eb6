package dev.lectern.trainer.eval;

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
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads COCO annotation and result files as streams; fields that boxes do not need (segmentations,
 * licences) are skipped without being kept.
 *
 * <p>Every mistake in a file becomes a {@link UserMistakeException} that names the file, the entry
 * and the field.
 */
public final class CocoJson {
  private static final JsonFactory JSON = new JsonFactory();

  private CocoJson() {}

  /**
   * Reads an annotation file: an object with {@code images}, {@code categories} and {@code
   * annotations}.
   *
   * @throws UserMistakeException if the file is absent, malformed, lacks a field, or an annotation
   *     names an unknown image or category
   */
  public static GroundTruthSet readGroundTruth(Path file) {
    return read(
        file,
        parser -> {
          List<Long> images = null;
          List<Category> categories = null;
          List<TruthBox> objects = null;
          expect(parser, file, "the file", parser.nextToken(), JsonToken.START_OBJECT, "an object");
          while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
              case "images" -> images = entries(parser, file, field, value, Entry::id);
              case "categories" ->
                  categories = entries(parser, file, field, value, CocoJson::category);
              case "annotations" ->
                  objects = entries(parser, file, field, value, CocoJson::annotation);
              default -> parser.skipChildren();
            }
          }
          require(file, "images", images);
          require(file, "categories", categories);
          require(file, "annotations", objects);
          try {
            return new GroundTruthSet(images, categories, objects);
          } catch (IllegalArgumentException e) {
            throw new UserMistakeException(file + ": " + e.getMessage(), e);
          }
        });
  }

  /**
   * Reads a result file: an array of objects with {@code image_id}, {@code category_id}, {@code
   * bbox} and {@code score}.
   *
   * @throws UserMistakeException if the file is absent, malformed, lacks a field, or a detection
   *     names an image or category that {@code truth} does not have
   */
  public static List<Detection> readDetections(Path file, GroundTruthSet truth) {
    Set<Long> images = new HashSet<>(truth.imageIds());
    Set<Long> categories = new HashSet<>();
    truth.categories().forEach(category -> categories.add(category.id()));
    return read(
        file,
        parser ->
            entries(
                parser,
                file,
                "detections",
                parser.nextToken(),
                fields -> {
                  Detection detection =
                      new Detection(
                          fields.imageId(), fields.categoryId(), fields.box(), fields.score());
                  if (!images.contains(detection.imageId())) {
                    throw fields.mistake(
                        "image_id "
                            + detection.imageId()
                            + " is not among the images of the ground truth");
                  }
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

  private static TruthBox annotation(Entry entry) {
    return new TruthBox(
        entry.imageId(), entry.categoryId(), entry.box(), entry.area(), entry.crowd);
  }

  private static <T> T read(Path file, Reading<T> reading) {
    if (!Files.isRegularFile(file)) {
      throw new UserMistakeException(file + ": no such file");
    }
    try (JsonParser parser = JSON.createParser(file.toFile())) {
      return reading.read(parser);
    } catch (JsonProcessingException e) {
      throw new UserMistakeException(
          file
              + ": not valid JSON at line "
              + e.getLocation().getLineNr()
              + ", column "
              + e.getLocation().getColumnNr()
              + ": "
              + firstLine(e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw new UserMistakeException(file + ": cannot be read: " + FileTrouble.why(e), e);
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
    private Long id;
    private Long imageId;
    private Long categoryId;
    private Double area;
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
          case "id" ->
              entry.id = value == JsonToken.VALUE_NUMBER_INT ? parser.getLongValue() : null;
          case "image_id" -> entry.imageId = entry.whole(parser, field, value);
          case "category_id" -> entry.categoryId = entry.whole(parser, field, value);
          case "area" -> entry.area = entry.real(parser, field, value);
          case "score" -> entry.score = entry.real(parser, field, value);
          case "bbox" -> entry.box = entry.four(parser, value);
          case "iscrowd" -> entry.crowd = value == JsonToken.VALUE_TRUE || isNonZero(parser, value);
          case "name" -> entry.name = parser.getText();
          default -> {}
        }
        parser.skipChildren();
      }
      return entry;
    }

    long id() {
      return present("id", id);
    }

    long imageId() {
      return present("image_id", imageId);
    }

    long categoryId() {
      return present("category_id", categoryId);
    }

    double area() {
      return present("area", area);
    }

    double score() {
      return present("score", score);
    }

    Box box() {
      double[] four = present("bbox", box);
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

    private Long whole(JsonParser parser, String field, JsonToken value) throws IOException {
      if (value != JsonToken.VALUE_NUMBER_INT) {
        throw mistake(
            "field '" + field + "' is '" + parser.getText() + "', expected a whole number");
      }
      return parser.getLongValue();
    }

    private Double real(JsonParser parser, String field, JsonToken value) throws IOException {
      if (!value.isNumeric()) {
        throw mistake("field '" + field + "' is '" + parser.getText() + "', expected a number");
      }
      return parser.getDoubleValue();
    }

    private double[] four(JsonParser parser, JsonToken start) throws IOException {
      double[] values = new double[4];
      int count = 0;
      JsonToken token = start;
      if (start == JsonToken.START_ARRAY) {
        while ((token = parser.nextToken()) != null && token.isNumeric()) {
          if (count < 4) {
            values[count] = parser.getDoubleValue();
          }
          count++;
        }
      }
      if (token != JsonToken.END_ARRAY || count != 4) {
        throw mistake("field 'bbox' is not an array of 4 numbers [left, top, width, height]");
      }
      return values;
    }

    private static boolean isNonZero(JsonParser parser, JsonToken value) throws IOException {
      return value.isNumeric() && parser.getDoubleValue() != 0;
    }
  }
}
