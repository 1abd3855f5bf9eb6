package dev.lectern.trainer.catalogue;

import dev.lectern.schemas.tensor.Values;
import dev.lectern.trainer.catalogue.LossConfig.Teacher;
import dev.lectern.trainer.catalogue.Method.Channels;
import dev.lectern.trainer.catalogue.Method.Levels;
import dev.lectern.trainer.objective.TermSite;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Reads one element of {@code losses}: fills in the catalogue's defaults and checks every key. */
final class LossReader {
  private static final List<TermSite.Adapter> ADAPTERS =
      List.of(
          TermSite.Adapter.AUTO,
          TermSite.Adapter.CONV1X1,
          TermSite.Adapter.CONV3X3,
          TermSite.Adapter.NONE);

  /** From the coarsest to the exact one. */
  static final List<Values> PRECISIONS =
      List.of(Values.INT8, Values.FLOAT16, Values.FIXED24, Values.FLOAT32);

  private LossReader() {}

  static LossConfig read(Map<String, Object> pairs) {
    List<String> problems = new ArrayList<>();
    Given given = new Given(pairs, "", problems);
    Object name = given.take("name");
    if (name == null) {
      throw new IllegalArgumentException(
          "name: found nothing, expected one of " + String.join(", ", LossCatalogue.names()));
    }
    Method method = LossCatalogue.method(String.valueOf(name));
    LossConfig.Shared shared =
        new LossConfig.Shared(
            weight(given, method),
            temperature(given, method),
            region(given, method),
            given.word("variant", method.variants(), " for " + method.name()),
            levels(given, method),
            adapter(given, method),
            given.word("precision", PRECISIONS, ""),
            teachers(given, problems),
            ScheduleReader.read(given.take("schedule"), problems));
    Map<String, Object> own = new LinkedHashMap<>();
    for (MethodKey key : method.keys()) {
      Object value = own(given.take(key.name()), key, problems);
      if (value != null) {
        own.put(key.name(), value);
      }
    }
    given.end();
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(method.name() + ": " + String.join("; ", problems));
    }
    return new LossConfig(method, shared, own);
  }

  static boolean hasAdapter(Method method) {
    return method.channels().filter(channels -> channels != Channels.OWN).isPresent();
  }

  private static OptionalDouble weight(Given given, Method method) {
    double weight =
        given.number(
            "weight",
            method.meanOfClasses().isPresent() ? Double.NaN : method.weight(),
            w -> w > 0 && w < Double.POSITIVE_INFINITY,
            "more than 0; leave a loss out to switch it off");
    return Double.isNaN(weight) ? OptionalDouble.empty() : OptionalDouble.of(weight);
  }

  private static double temperature(Given given, Method method) {
    if (method.temperature().isEmpty()) {
      given.refuse("temperature", "none, " + method.name() + " has no temperature");
      return 1;
    }
    return given.number(
        "temperature", method.temperature().getAsDouble(), t -> t > 0, "more than 0");
  }

  private static Region region(Given given, Method method) {
    if (method.regions().isEmpty()) {
      given.refuse("region", "none, " + method.name() + " has no regions");
      return Region.MAIN;
    }
    return given.word("region", method.regions(), " for " + method.name());
  }

  private static List<Integer> levels(Given given, Method method) {
    if (method.levels() == Levels.ALL) {
      given.refuse("levels", "none, " + method.name() + " reads all levels");
      return List.of();
    }
    Object value = given.take("levels");
    if (value == null) {
      return List.of();
    }
    List<Integer> levels = new ArrayList<>();
    if (value instanceof List<?> list) {
      for (Object level : list) {
        if (level instanceof Integer number && number >= 0 && !levels.contains(number)) {
          levels.add(number);
        }
      }
      if (levels.size() == list.size()) {
        return levels.stream().sorted().toList();
      }
    }
    given.wrong("levels", value, "a list of different levels, 0 is the finest");
    return List.of();
  }

  private static TermSite.Adapter adapter(Given given, Method method) {
    if (!hasAdapter(method)) {
      given.refuse(
          "adapter",
          method.channels().isPresent()
              ? "none, " + method.name() + " has learned layers of its own"
              : "none, " + method.name() + " reads no features");
      return TermSite.Adapter.AUTO;
    }
    return given.word("adapter", ADAPTERS, "");
  }

  /** Names, or maps with the keys recording and weight. */
  private static List<Teacher> teachers(Given given, List<String> problems) {
    Object value = given.take("teachers");
    List<Teacher> teachers = new ArrayList<>();
    if (value instanceof List<?> list && !list.isEmpty()) {
      for (Object element : list) {
        if (element instanceof String recording) {
          teachers.add(new Teacher(recording, 1));
        } else if (element instanceof Map<?, ?> pairs) {
          teachers.add(teacher(new Given(pairs, "teachers.", problems)));
        } else {
          given.wrong("teachers", element, "{recording: NAME, weight: 1}");
        }
      }
    } else if (value != null) {
      given.wrong("teachers", value, "a list such as [{recording: NAME, weight: 1}]");
    }
    long names = teachers.stream().map(Teacher::recording).distinct().count();
    if (names < teachers.size()) {
      given.wrong("teachers", value, "each recording once");
    }
    return List.copyOf(teachers);
  }

  private static Teacher teacher(Given pairs) {
    Object recording = pairs.take("recording");
    if (!(recording instanceof String)) {
      pairs.wrong("recording", recording == null ? "nothing" : recording, "a name");
    }
    double weight = pairs.number("weight", 1, w -> w > 0, "more than 0");
    pairs.end();
    return new Teacher(String.valueOf(recording), weight);
  }

  private static Object own(Object given, MethodKey key, List<String> problems) {
    if (given == null) {
      return key.start();
    }
    try {
      return key.parse(given);
    } catch (IllegalArgumentException e) {
      problems.add(e.getMessage());
      return key.start();
    }
  }
}
