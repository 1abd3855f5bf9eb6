package dev.lectern.teacher.recognition;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What Ultralytics writes beside a model: its name, class names and size of images. */
final class Ultralytics {
  /** An entry of a Python or JSON dictionary: {0: 'person', ...}. */
  private static final Pattern NAME =
      Pattern.compile(
          "\"?(\\d+)\"?\\s*:\\s*(?:'((?:[^'\\\\]|\\\\.)*)'|\"((?:[^\"\\\\]|\\\\.)*)\")");

  private static final Pattern NUMBER = Pattern.compile("\\d+");
  private static final Pattern MODEL = Pattern.compile("YOLO\\w*");

  private Ultralytics() {}

  /** Whether they made the file. */
  static boolean made(Map<String, String> metadata) {
    return metadata.getOrDefault("author", "").contains("Ultralytics")
        || metadata.getOrDefault("description", "").contains("Ultralytics");
  }

  /** YOLOv8n, YOLO11s, ... */
  static Optional<String> model(Map<String, String> metadata) {
    Matcher m = MODEL.matcher(metadata.getOrDefault("description", ""));
    return m.find() ? Optional.of(m.group()) : Optional.empty();
  }

  static List<String> classNames(Map<String, String> metadata) {
    Matcher m = NAME.matcher(metadata.getOrDefault("names", ""));
    TreeMap<Integer, String> names = new TreeMap<>(Comparator.naturalOrder());
    while (m.find()) {
      names.put(
          Integer.valueOf(m.group(1)),
          Stream.of(m.group(2), m.group(3))
              .filter(g -> g != null)
              .findFirst()
              .orElseThrow()
              .replace("\\", ""));
    }
    return List.copyOf(names.values());
  }

  /** Height comes first in imgsz. */
  static Optional<ModelContents.Size> size(Map<String, String> metadata) {
    Matcher m = NUMBER.matcher(metadata.getOrDefault("imgsz", ""));
    if (!m.find()) {
      return Optional.empty();
    }
    int height = Integer.parseInt(m.group());
    int width = m.find() ? Integer.parseInt(m.group()) : height;
    return Optional.of(new ModelContents.Size(width, height));
  }
}
