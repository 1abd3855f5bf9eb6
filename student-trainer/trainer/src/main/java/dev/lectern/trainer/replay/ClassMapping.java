package dev.lectern.trainer.replay;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Which of a teacher's classes stands for which class of the dataset: classes are matched by name,
 * whatever their order, and what the dataset does not label is left out.
 */
public final class ClassMapping {
  private static final int ABSENT = -1;

  private final int[] sources;
  private final int teacherClasses;
  private final List<String> missing;

  private ClassMapping(int[] sources, int teacherClasses, List<String> missing) {
    this.sources = sources;
    this.teacherClasses = teacherClasses;
    this.missing = List.copyOf(missing);
  }

  /**
   * The mapping of a teacher onto a dataset.
   *
   * @param teacher names of the teacher's classes, in the order of its logits
   * @param dataset names of the dataset's classes, in the order of its labels
   */
  public static ClassMapping between(List<String> teacher, List<String> dataset) {
    int[] sources = new int[dataset.size()];
    List<String> missing = new ArrayList<>();
    for (int c = 0; c < sources.length; c++) {
      int source = teacher.indexOf(dataset.get(c));
      sources[c] = source < 0 ? ABSENT : source;
      if (source < 0) {
        missing.add(dataset.get(c));
      }
    }
    return new ClassMapping(sources, teacher.size(), missing);
  }

  /** Classes of the dataset that the teacher does not know. */
  public List<String> missing() {
    return missing;
  }

  /** Whether both sides list the same classes in the same order. */
  public boolean isIdentity() {
    if (sources.length != teacherClasses) {
      return false;
    }
    for (int c = 0; c < sources.length; c++) {
      if (sources[c] != c) {
        return false;
      }
    }
    return true;
  }

  /** Number of classes of the dataset. */
  public int datasetClasses() {
    return sources.length;
  }

  /** Number of classes of the teacher. */
  public int teacherClasses() {
    return teacherClasses;
  }

  /**
   * Puts the dataset's classes in their order.
   *
   * @param stored (K of the teacher, M), row-major from index 0
   * @param target (K of the dataset, M), written from its position on
   * @throws IllegalStateException if the teacher lacks a class
   */
  void gather(FloatBuffer stored, int positions, FloatBuffer target) {
    if (!missing.isEmpty()) {
      throw new IllegalStateException("the teacher has no logits of " + missing);
    }
    for (int source : sources) {
      target.put(stored.slice(source * positions, positions));
    }
  }
}
