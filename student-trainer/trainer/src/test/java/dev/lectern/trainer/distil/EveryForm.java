package dev.lectern.trainer.distil;

import dev.lectern.schemas.config.ConfigKey;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Every method that a run can name, with each of its variants, regions and choices in turn. */
public final class EveryForm {
  private EveryForm() {}

  /** The forms; the first of each method is the default. */
  public static Stream<Method> all() {
    return Methods.names().stream().flatMap(name -> of(name).stream());
  }

  private static List<Method> of(String name) {
    List<Method> forms = new ArrayList<>();
    forms.add(Methods.of(name));
    for (ConfigKey key : ConfigKey.of(Methods.named(name))) {
      for (String choice : choices(key)) {
        forms.add(Methods.of("{name: " + name + ", " + key.name() + ": " + choice + "}"));
      }
    }
    return forms;
  }

  /** What a key can be but for its default: none of it where nothing of the loss changes. */
  private static List<String> choices(ConfigKey key) {
    return switch (key.name()) {
      case "precision" -> List.of();
      case "adapter" -> List.of("conv1x1", "conv3x3");
      default -> key.choices().stream().skip(1).toList();
    };
  }
}
