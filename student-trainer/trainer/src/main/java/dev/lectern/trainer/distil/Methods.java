package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.UserMistakeException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Every distillation method that a run can name, in the order of {@link Method}'s list. */
public final class Methods {
  private static final Map<String, Class<? extends Method>> BY_NAME = new LinkedHashMap<>();

  static {
    for (JsonSubTypes.Type type : Method.class.getAnnotation(JsonSubTypes.class).value()) {
      BY_NAME.put(
          type.value().getAnnotation(JsonTypeName.class).value(),
          type.value().asSubclass(Method.class));
    }
  }

  private record Losses(List<Method> losses) {}

  private Methods() {}

  /** The names, as configurations write them. */
  public static List<String> names() {
    return List.copyOf(BY_NAME.keySet());
  }

  /**
   * The settings record of a method, whose {@link About} and {@link Key}s describe it.
   *
   * @throws UserMistakeException if there is no method of that name, with the nearest one
   */
  public static Class<? extends Method> named(String name) {
    Class<? extends Method> method = BY_NAME.get(name.toLowerCase(Locale.ROOT));
    if (method == null) {
      throw new UserMistakeException(
          "unknown loss '"
              + name
              + "'"
              + Nearest.hint(name, BY_NAME.keySet())
              + "; expected one of "
              + String.join(", ", BY_NAME.keySet()));
    }
    return method;
  }

  /**
   * A method with the settings of a run.
   *
   * @param settings an element of {@code losses}, such as {@code {name: ld, region: vlr}}, or a
   *     name alone for the published settings
   * @throws UserMistakeException with everything that is wrong with it
   */
  public static Method of(String settings) {
    return list("[" + (settings.startsWith("{") ? settings : "{name: " + settings + "}") + "]")
        .get(0);
  }

  /**
   * The methods of a run.
   *
   * @param yaml a list as the key {@code losses} holds it
   */
  public static List<Method> list(String yaml) {
    String list = yaml.replaceFirst("^---\\s*", "").indent(2);
    return ConfigLoader.bind("losses:\n" + list, List.of(), Losses.class, "losses").losses();
  }

  /** The list that {@link #list} reads. */
  public static String toYaml(List<Method> methods) {
    return ConfigLoader.toYaml(new Losses(methods)).replaceFirst("^---\\s*losses:\\s*", "");
  }
}
