package dev.lectern.trainer.replay;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The student's classes and, for each, the classes of dataset and teacher that it stands for: the
 * part {@code classes} of a run's YAML, such as {@code {person: [], vehicle: [car, truck]}}.
 * Without it, the student's classes are the dataset's.
 */
public final class ClassMap {
  private static final Logger LOG = LoggerFactory.getLogger(ClassMap.class);
  private static final int SHOWN = 10;

  /** The dataset's classes as they are. */
  public static final ClassMap NONE = new ClassMap(Map.of());

  private final Map<String, List<String>> sources;

  private ClassMap(Map<String, List<String>> sources) {
    this.sources = Collections.unmodifiableMap(sources);
    requireOnce(sources);
  }

  private static void requireOnce(Map<String, List<String>> sources) {
    Map<String, String> owners = new HashMap<>();
    sources.forEach(
        (name, of) -> {
          for (String source : of) {
            String other = owners.put(source, name);
            if (other != null) {
              throw new IllegalArgumentException(
                  "found '"
                      + source
                      + "' under "
                      + other
                      + " and under "
                      + name
                      + ", expected each class once");
            }
          }
        });
  }

  /**
   * From a configuration.
   *
   * @param given lists of names; a name alone is a list of one, nothing is the class's own name
   * @throws IllegalArgumentException if it is not that
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static ClassMap of(Map<String, Object> given) {
    Map<String, List<String>> sources = new LinkedHashMap<>();
    given.forEach((name, of) -> sources.put(name, names(name, of)));
    return new ClassMap(sources);
  }

  private static List<String> names(String name, Object given) {
    if (given == null || given.equals("")) { // an empty value in braces is a text
      return List.of(name);
    }
    if (given instanceof String one) {
      return List.of(one);
    }
    List<String> names = new ArrayList<>();
    if (given instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof String text) {
          names.add(text);
        }
      }
      if (names.size() == list.size()) {
        return names.isEmpty() ? List.of(name) : names;
      }
    }
    throw new IllegalArgumentException(
        name + ": found " + given + ", expected names of classes of dataset or teacher");
  }

  /**
   * What each class stands for, by its name, in label order; empty for the dataset's classes. As a
   * configuration writes it.
   */
  @JsonValue
  public Map<String, List<String>> sources() {
    return sources;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClassMap map
        && List.copyOf(sources.entrySet()).equals(List.copyOf(map.sources.entrySet()));
  }

  @Override
  public int hashCode() {
    return sources.hashCode();
  }

  @Override
  public String toString() {
    return sources.toString();
  }

  /** Whether the student's classes are the dataset's. */
  public boolean isNone() {
    return sources.isEmpty();
  }

  /** The student's classes, in label order. */
  public List<String> names(List<String> dataset) {
    return isNone() ? dataset : List.copyOf(sources.keySet());
  }

  /** The classes that a student's class stands for. */
  public List<String> of(String name) {
    return isNone() ? List.of(name) : sources.get(name);
  }

  /**
   * Refuses what stands for nothing, and logs what is left out.
   *
   * @param dataset as published
   * @throws UserMistakeException if a class of the student has no class of the dataset, or stands
   *     for one that nobody knows
   */
  public void require(DatasetManifest dataset, List<RecordingManifest> recordings) {
    List<String> names = names(dataset.getClassNames());
    Set<String> known = new LinkedHashSet<>(dataset.getClassNames());
    recordings.forEach(recording -> known.addAll(recording.getDescriptor().getClassNames()));
    List<String> problems = new ArrayList<>();
    sources.forEach(
        (name, of) ->
            of.stream()
                .filter(source -> !known.contains(source))
                .forEach(
                    source ->
                        problems.add(
                            "classes."
                                + name
                                + ": found '"
                                + source
                                + "'"
                                + Nearest.hint(source, known)
                                + ", expected a class of the dataset or of a teacher")));
    ClassMapping labels = ClassMapping.between(dataset.getClassNames(), names, this);
    labels
        .missing()
        .forEach(
            name ->
                problems.add(
                    "classes." + name + ": found no class of dataset '" + dataset.getName() + "'"));
    if (!problems.isEmpty()) {
      throw new UserMistakeException(String.join("; ", problems));
    }
    logDropped("dataset " + dataset.getName(), labels.dropped());
    for (RecordingManifest recording : recordings) {
      logDropped(
          "the teacher of " + recording.getName(),
          ClassMapping.between(recording.getDescriptor().getClassNames(), names, this).dropped());
    }
  }

  private static void logDropped(String whose, List<String> dropped) {
    if (!dropped.isEmpty()) {
      LOG.info(
          "classes that the student does not learn are left out of={} count={} classes={}",
          whose,
          dropped.size(),
          dropped.size() > SHOWN
              ? String.join(", ", dropped.subList(0, SHOWN)) + ", ..."
              : String.join(", ", dropped));
    }
  }

  /**
   * The dataset as the student sees it: with the student's classes, numbered from 1 on in place of
   * the annotations' category ids.
   */
  public DatasetManifest apply(DatasetManifest dataset) {
    if (isNone()) {
      return dataset;
    }
    List<String> names = names(dataset.getClassNames());
    return DatasetManifest.newBuilder(dataset)
        .setClassNames(names)
        .setCategoryIds(LongStream.rangeClosed(1, names.size()).boxed().toList())
        .build();
  }
}
