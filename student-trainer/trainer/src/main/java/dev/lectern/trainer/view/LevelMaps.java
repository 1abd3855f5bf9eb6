package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Maps of one kind of both networks, level by level. */
public final class LevelMaps {
  private final String kind;
  private final List<NDArray> student;
  private final Map<Integer, NDArray> teacher;
  private final int levels;
  private final Map<Integer, Map<UnaryOperator<NDArray>, NDArray>> mapped = new HashMap<>();

  /**
   * @param kind what they are, for messages
   * @param student (N, C, H, W) per level, with gradient
   * @param teacher (N, C', H, W) by level of the student, constants; those that the recording has
   * @param levels of the student
   */
  public LevelMaps(String kind, List<NDArray> student, Map<Integer, NDArray> teacher, int levels) {
    this.kind = kind;
    this.student = List.copyOf(student);
    this.teacher = Map.copyOf(teacher);
    this.levels = levels;
  }

  /** The student's map of a level, (N, C, H, W). */
  public NDArray student(int level) {
    return student.get(level);
  }

  /**
   * The student's map of a level after a learned map, which is computed once.
   *
   * @return (N, C', H, W)
   */
  public NDArray student(int level, UnaryOperator<NDArray> map) {
    return mapped
        .computeIfAbsent(level, l -> new IdentityHashMap<>())
        .computeIfAbsent(map, m -> m.apply(student.get(level)));
  }

  /**
   * The teacher's map of a level, (N, C', H, W).
   *
   * @throws IllegalArgumentException unless the student has maps of every level, and the teacher of
   *     this one
   */
  public NDArray teacher(int level) {
    if (student.size() != levels || !teacher.containsKey(level)) {
      throw new IllegalArgumentException(
          "a loss needs maps of "
              + kind
              + " on "
              + levels
              + " levels: the student gives "
              + student.size()
              + ", the recording "
              + teacher.size());
    }
    return teacher.get(level);
  }
}
