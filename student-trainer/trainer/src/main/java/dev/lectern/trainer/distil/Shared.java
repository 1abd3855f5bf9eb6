package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.tensor.Values;
import java.util.List;

/**
 * The settings that every method has.
 *
 * @param precision the coarsest values that the teacher's outputs may be stored with
 * @param teachers which of the run's recordings; empty for all, each with weight 1
 * @param schedule factor over time
 * @param share of the own losses' gradient, in place of a weight; null for the weight
 */
public record Shared(
    @Key(
            choices = {"int8", "float16", "fixed24", "float32"},
            meaning = "the coarsest stored values that it accepts")
        Values precision,
    @Key(
            defaultsTo = "[]",
            shownDefault = "all recordings of the run",
            meaning = "a list such as [{recording: r, weight: 1}]")
        List<Teacher> teachers,
    @Key(defaultsTo = "{}", meaning = "factor over time") LossSchedule schedule,
    @Key(
            shownDefault = "none: the weight decides",
            above = 0,
            meaning =
                "in place of a weight: the loss's gradient as a share of that of the student's own"
                    + " losses, on the layers that both move; the first steps measure it")
        @JsonInclude(JsonInclude.Include.NON_NULL)
        Double share) {
  /** From the coarsest to the exact one. */
  private static final List<Values> PRECISIONS =
      List.of(Values.INT8, Values.FLOAT16, Values.FIXED24, Values.FLOAT32);

  /** Refuses a recording that is named twice. */
  public Shared {
    teachers = List.copyOf(teachers);
    if (teachers.stream().map(Teacher::recording).distinct().count() < teachers.size()) {
      throw new IllegalArgumentException(
          "teachers: found "
              + teachers.stream().map(Teacher::recording).toList()
              + ", expected each recording once");
    }
  }

  /**
   * A teacher that a loss learns from.
   *
   * @param recording its name
   * @param weight factor beside that of the loss
   */
  public record Teacher(
      String recording,
      @Key(defaultsTo = "1", above = 0, meaning = "factor beside that of the loss") double weight) {
    /** Refuses a teacher without a name. */
    @JsonCreator
    public Teacher {
      if (recording == null) {
        throw new IllegalArgumentException("recording: found nothing, expected a name");
      }
    }

    /** A teacher with weight 1. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Teacher of(String recording) {
      return new Teacher(recording, 1);
    }
  }

  /** Whether outputs that were stored with these values are exact enough. */
  public boolean accepts(Values stored) {
    return PRECISIONS.indexOf(stored) >= PRECISIONS.indexOf(precision);
  }
}
