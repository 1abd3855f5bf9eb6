package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.view.LabelPixels;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Which of the classes of a teacher or a dataset stand for which class of the student: they are
 * matched by name, whatever their order, and what the student does not learn is left out.
 *
 * <p>Where several stand for one, its logit is the largest of theirs. The sigmoid is monotone, so
 * that is the probability of the likeliest of them: a lower bound of "any of them" that a set of
 * nearly exclusive classes comes close to, and, unlike a sum, one that stays a probability.
 */
public final class ClassMapping {
  private static final int ABSENT = -1;

  /** For each class of the student the places of its sources. */
  private final int[][] sources;

  /** For each source the student's class, or {@link #ABSENT}. */
  private final int[] labels;

  private final List<String> missing = new ArrayList<>();
  private final List<String> dropped = new ArrayList<>();

  private ClassMapping(List<String> from, List<String> student, ClassMap map) {
    sources = new int[student.size()][];
    labels = new int[from.size()];
    Arrays.fill(labels, ABSENT);
    for (int c = 0; c < sources.length; c++) {
      Set<String> names = new HashSet<>(map.of(student.get(c)));
      List<Integer> places = new ArrayList<>();
      for (int place = 0; place < labels.length; place++) {
        if (names.contains(from.get(place))) {
          places.add(place);
          labels[place] = c;
        }
      }
      sources[c] = places.stream().mapToInt(Integer::intValue).toArray();
      if (places.isEmpty()) {
        missing.add(student.get(c) + hint(names, from));
      }
    }
    for (int place = 0; place < labels.length; place++) {
      if (labels[place] == ABSENT) {
        dropped.add(from.get(place));
      }
    }
  }

  /** A class of the same letters in other case, which is another class. */
  private static String hint(Set<String> names, List<String> from) {
    return from.stream()
        .filter(other -> names.stream().anyMatch(other::equalsIgnoreCase))
        .findFirst()
        .map(other -> " (there is '" + other + "')")
        .orElse("");
  }

  /**
   * The mapping onto a student's classes.
   *
   * @param from names of the classes of a teacher, in the order of its logits, or of a dataset, in
   *     the order of its labels
   * @param student names of the student's classes, in label order
   * @param map what each of them stands for
   */
  public static ClassMapping between(List<String> from, List<String> student, ClassMap map) {
    return new ClassMapping(from, student, map);
  }

  /** Classes of the student that nothing stands for, with a class that differs in case alone. */
  public List<String> missing() {
    return List.copyOf(missing);
  }

  /** What keeps a student from learning from a teacher's class logits; empty if nothing does. */
  public Optional<String> lacking() {
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "the teacher does not know "
                + missing
                + ", which the student learns; the key classes maps others onto them, and box"
                + " logits and features need none");
  }

  /** Classes that the student does not learn. */
  public List<String> dropped() {
    return List.copyOf(dropped);
  }

  /** Whether both sides list the same classes in the same order. */
  public boolean isIdentity() {
    if (sources.length != labels.length) {
      return false;
    }
    for (int place = 0; place < labels.length; place++) {
      if (labels[place] != place) {
        return false;
      }
    }
    return true;
  }

  /** Number of classes of the student. */
  public int studentClasses() {
    return sources.length;
  }

  /** The student's class of a label; empty if it learns none. */
  OptionalInt label(int from) {
    return labels[from] == ABSENT ? OptionalInt.empty() : OptionalInt.of(labels[from]);
  }

  /** For each source the student's class, as label maps hold them. */
  byte[] ofPixels() {
    byte[] classes = new byte[labels.length];
    for (int place = 0; place < classes.length; place++) {
      classes[place] = (byte) (labels[place] == ABSENT ? LabelPixels.IGNORED : labels[place]);
    }
    return classes;
  }

  /**
   * The logits of the student's classes.
   *
   * @param stored (A * K of the teacher, M), row-major from index 0; A anchors per cell
   * @param target (A * K of the student, M), written from its position on
   * @throws IllegalStateException if nothing stands for a class
   */
  public void gather(FloatBuffer stored, int anchors, int positions, FloatBuffer target) {
    if (!missing.isEmpty()) {
      throw new IllegalStateException("the teacher has no logits of " + missing);
    }
    for (int anchor = 0; anchor < anchors; anchor++) {
      int first = anchor * labels.length;
      for (int[] places : sources) {
        FloatBuffer plane = stored.slice((first + places[0]) * positions, positions);
        if (places.length == 1) {
          target.put(plane);
        } else {
          for (int m = 0; m < positions; m++) {
            float largest = plane.get(m);
            for (int place : places) {
              largest = Math.max(largest, stored.get((first + place) * positions + m));
            }
            target.put(largest);
          }
        }
      }
    }
  }

  /**
   * The logits of the student's classes of each instance, that of the background last.
   *
   * @param stored (P, K of the teacher + background), row-major from index 0
   * @param background where the stored logits have it
   * @param target (P, K of the student + background), written from its position on
   * @throws IllegalStateException if nothing stands for a class
   */
  void gatherColumns(FloatBuffer stored, Background background, FloatBuffer target) {
    if (!missing.isEmpty()) {
      throw new IllegalStateException("the teacher has no logits of " + missing);
    }
    int columns = labels.length + (background == Background.NONE ? 0 : 1);
    int first = background == Background.FIRST ? 1 : 0;
    for (int row = 0; row < stored.capacity() / columns; row++) {
      for (int[] places : sources) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int place : places) {
          largest = Math.max(largest, stored.get(row * columns + first + place));
        }
        target.put(largest);
      }
      if (background != Background.NONE) {
        target.put(stored.get(row * columns + (first == 1 ? 0 : labels.length)));
      }
    }
  }
}
