package dev.lectern.producer.dataset;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The outline of an object in COCO's JSON: polygons, or run lengths, compressed or not.
 *
 * @param polygons x and y in turn; empty where runs say it, or nothing can be read
 * @param runs null where polygons say it, or nothing can be read
 */
record CocoSegmentation(List<float[]> polygons, RunLengths runs) {
  private static final CocoSegmentation NONE = new CocoSegmentation(List.of(), null);

  boolean isEmpty() {
    return polygons.isEmpty() && runs == null;
  }

  /** Reads the value at which the parser stands; empty if it is neither form. */
  static CocoSegmentation read(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      return ofPolygons(parser);
    }
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      return ofRuns(parser);
    }
    parser.skipChildren();
    return NONE;
  }

  private static CocoSegmentation ofPolygons(JsonParser parser) throws IOException {
    List<float[]> polygons = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.START_ARRAY) {
        parser.skipChildren();
        continue;
      }
      List<Float> numbers = numbers(parser);
      if (numbers.size() >= 6 && numbers.size() % 2 == 0) {
        float[] polygon = new float[numbers.size()];
        for (int i = 0; i < polygon.length; i++) {
          polygon[i] = numbers.get(i);
        }
        polygons.add(polygon);
      }
    }
    return new CocoSegmentation(polygons, null);
  }

  private static CocoSegmentation ofRuns(JsonParser parser) throws IOException {
    List<Float> size = List.of();
    List<Float> counts = null;
    String text = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      if (key.equals("size") && value == JsonToken.START_ARRAY) {
        size = numbers(parser);
      } else if (key.equals("counts") && value == JsonToken.START_ARRAY) {
        counts = numbers(parser);
      } else if (key.equals("counts") && value == JsonToken.VALUE_STRING) {
        text = parser.getText();
      } else {
        parser.skipChildren();
      }
    }
    if (size.size() != 2 || (counts == null && text == null)) {
      return NONE;
    }
    int height = Math.round(size.get(0));
    int width = Math.round(size.get(1));
    try {
      return new CocoSegmentation(
          List.of(),
          text != null
              ? RunLengths.ofText(width, height, text)
              : new RunLengths(width, height, counts.stream().mapToInt(Math::round).toArray()));
    } catch (IllegalArgumentException e) {
      return NONE;
    }
  }

  /** Finite numbers up to the end of an array; empty if anything else is among them. */
  private static List<Float> numbers(JsonParser parser) throws IOException {
    List<Float> numbers = new ArrayList<>();
    boolean good = true;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken().isNumeric() && Float.isFinite(parser.getFloatValue())) {
        numbers.add(parser.getFloatValue());
      } else {
        good = false;
        parser.skipChildren();
      }
    }
    return good ? numbers : List.of();
  }
}
