package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.trainer.target.GflTargets;
import java.util.List;

/**
 * What a distillation term computes one step from: the student, one teacher, the targets, and what
 * several terms share.
 */
public final class TermStep {
  private final StudentRows student;
  private final TeacherOutputs teacher;
  private final GflTargets targets;
  private final Moment moment;

  TermStep(StudentRows student, TeacherOutputs teacher, GflTargets targets, Moment moment) {
    this.student = student;
    this.teacher = teacher;
    this.targets = targets;
    this.moment = moment;
    teacher.checkPositions(targets.rows().count());
  }

  /** The student's logits as rows, and what follows from them. */
  public StudentRows rows() {
    return student;
  }

  /** The student's maps. */
  public StudentOutputs student() {
    return student.outputs();
  }

  /** The teacher's outputs: constants. */
  public TeacherOutputs teacher() {
    return teacher;
  }

  /** What follows from the ground truth. */
  public GflTargets targets() {
    return targets;
  }

  /** When this step happens. */
  public Moment moment() {
    return moment;
  }

  /** Owns the step's arrays. */
  public NDManager manager() {
    return student.manager();
  }

  /** Number of levels. */
  public int levels() {
    return student.levels();
  }

  /**
   * A level of the student's features as an adapter gives it, computed once a step.
   *
   * @return (N, C, H, W)
   */
  public NDArray adapted(LevelAdapter adapter) {
    return student.adapted(adapter);
  }

  /**
   * The teacher's features of a level, (N, C, H, W).
   *
   * @throws IllegalArgumentException if the recording gives no features of every level
   */
  public NDArray teacherFeatures(int level) {
    requireLevels("features", student().features(), teacher.features());
    return teacher.features().get(level);
  }

  /**
   * The teacher's class logits of a level, (N, K, H, W).
   *
   * @throws IllegalArgumentException if the recording gives no maps of every level
   */
  public NDArray teacherClasses(int level) {
    requireLevels("class logits", student().cls(), teacher.clsMaps());
    return teacher.clsMaps().get(level);
  }

  private void requireLevels(String what, List<NDArray> ours, List<NDArray> theirs) {
    if (ours.size() != levels() || theirs.size() != levels()) {
      throw new IllegalArgumentException(
          "a loss needs maps of "
              + what
              + " on "
              + levels()
              + " levels: the student gives "
              + ours.size()
              + ", the recording "
              + theirs.size());
    }
  }
}
