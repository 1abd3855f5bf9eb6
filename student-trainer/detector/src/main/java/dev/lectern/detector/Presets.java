package dev.lectern.detector;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Full-size networks by name, as {@code presets.yaml} lists them: {@code preset: yolov8n}, {@code
 * backbone: {name: resnet50}}. What a specification gives itself wins.
 */
public final class Presets {
  private static final String PRESET = "preset";
  private static final String BACKBONE = "backbone";
  private static final String NAME = "name";
  private static final ObjectNode ALL = load();

  private Presets() {}

  private static ObjectNode load() {
    try (InputStream in = Presets.class.getResourceAsStream("/presets.yaml")) {
      String yaml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return ConfigLoader.bind(yaml, List.of(), ObjectNode.class, "presets.yaml");
    } catch (IOException e) {
      throw new UncheckedIOException("presets.yaml", e);
    }
  }

  /** Names of all detectors. */
  public static List<String> names() {
    List<String> names = new ArrayList<>();
    for (Map.Entry<String, JsonNode> detector : ALL.get("detectors").properties()) {
      if (detector.getValue().has(BACKBONE)) {
        names.add(detector.getKey());
      } else {
        ALL.get("short-names")
            .fieldNames()
            .forEachRemaining(backbone -> names.add(detector.getKey() + "_" + backbone));
      }
    }
    return List.copyOf(names);
  }

  /**
   * Writes what the names in a specification stand for in their place.
   *
   * @throws UserMistakeException if there is no such preset
   */
  public static void expand(ObjectNode spec) {
    if (spec.hasNonNull(PRESET)) {
      String name = spec.remove(PRESET).asText().toLowerCase(Locale.ROOT);
      if (!names().contains(name)) {
        throw new UserMistakeException(
            "preset: found '"
                + name
                + "'"
                + Nearest.hint(name, names())
                + ", expected one of "
                + String.join(", ", names()));
      }
      addDetector(spec, name);
    }
    if (spec.get(BACKBONE) instanceof ObjectNode backbone && backbone.hasNonNull(NAME)) {
      String name = backbone.get(NAME).asText().toLowerCase(Locale.ROOT);
      if (ALL.get("backbones").get(name) instanceof ObjectNode preset) {
        backbone.remove(NAME);
        addMissing(backbone, preset);
      }
    }
  }

  private static void addDetector(ObjectNode spec, String name) {
    if (ALL.get("detectors").get(name) instanceof ObjectNode whole) {
      addMissing(spec, whole);
      return;
    }
    int end = name.lastIndexOf('_');
    addMissing(spec, (ObjectNode) ALL.get("detectors").get(name.substring(0, end)));
    JsonNode given = spec.get(BACKBONE);
    ObjectNode backbone = given instanceof ObjectNode object ? object : spec.putObject(BACKBONE);
    if (!backbone.hasNonNull(NAME)) {
      backbone.set(NAME, ALL.get("short-names").get(name.substring(end + 1)));
    }
  }

  /** Copies every key that is not there, also inside of objects on both sides. */
  private static void addMissing(ObjectNode spec, ObjectNode preset) {
    for (Map.Entry<String, JsonNode> entry : preset.properties()) {
      JsonNode given = spec.get(entry.getKey());
      if (given == null || given.isNull()) {
        spec.set(entry.getKey(), entry.getValue().deepCopy());
      } else if (given instanceof ObjectNode object
          && entry.getValue() instanceof ObjectNode inner) {
        addMissing(object, inner);
      }
    }
  }
}
