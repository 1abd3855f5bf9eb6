package dev.lectern.trainer.catalogue;

import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.UserMistakeException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** Every distillation method that a run can name, by name. */
public final class LossCatalogue {
  private static final Map<String, Method> METHODS = new LinkedHashMap<>();

  static {
    Stream.of(
            LogitMethods.all(),
            ImitationMethods.all(),
            ChannelWiseMethods.all(),
            RelationMethods.all(),
            InstanceMethods.all(),
            AttentionMethods.all(),
            ReviewMethods.all(),
            AdversarialMethods.all())
        .flatMap(List::stream)
        .forEach(method -> METHODS.put(method.name(), method));
  }

  private LossCatalogue() {}

  /** All methods. */
  public static List<Method> methods() {
    return List.copyOf(METHODS.values());
  }

  /** The names, as configurations write them. */
  public static List<String> names() {
    return List.copyOf(METHODS.keySet());
  }

  /**
   * The method of a name as a configuration writes it.
   *
   * @throws UserMistakeException if there is none, with the nearest name
   */
  public static Method method(String name) {
    Method method = METHODS.get(name.toLowerCase(Locale.ROOT));
    if (method == null) {
      throw new UserMistakeException(
          "unknown loss '"
              + name
              + "'"
              + Nearest.hint(name, METHODS.keySet())
              + "; expected one of "
              + String.join(", ", METHODS.keySet()));
    }
    return method;
  }

  /** The keys of a schedule. */
  public static List<MethodKey> scheduleKeys() {
    return ScheduleReader.KEYS;
  }
}
