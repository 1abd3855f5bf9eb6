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
  private final List<NDArray> teacher;
  private final int levels;
  private final Map<Integer, Map<UnaryOperator<NDArray>, NDArray>> mapped = new HashMap<>();

  /**
   * @param kind what they are, for messages
   * @param student (N, C, H, W) per level, with gradient
   * @param teacher (N, C', H, W) per level, constants; empty where the recording has none
   * @param levels of the student
   */
  public LevelMaps(String kind, List<NDArray> student, List<NDArray> teacher, int levels) {
    this.kind = kind;
    this.student = List.copyOf(student);
    this.teacher = List.copyOf(teacher);
    this.levels = levels;
  }

  /** The student's map of a level, (N, C, H, W). */
  public NDArray student(int level) {
    return student.get(level);
  }

  /**
   * The student's map of a level behind a learned map, which is computed once.
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
   * @throws IllegalArgumentException unless both networks have maps of every level
   */
  public NDArray teacher(int level) {
    if (student.size() != levels || teacher.size() != levels) {
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
