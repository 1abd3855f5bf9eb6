package dev.lectern.trainer.catalogue;

import dev.lectern.trainer.objective.TermSchedule;
import dev.lectern.trainer.objective.TermSchedule.Decay;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the {@code schedule} of a loss. */
final class ScheduleReader {
  /** The keys, with defaults and meanings, for documentation. */
  static final List<MethodKey> KEYS =
      List.of(
          MethodKey.whole("warm-up-steps", 0, 0, "steps in which the weight rises from 0"),
          MethodKey.number("warm-up-epochs", 0, 0, "epochs in which it rises from 0"),
          MethodKey.choice("decay", "its course until the end", "none", "linear", "cosine"),
          MethodKey.number("end-factor", 0, 0, "part of the weight where a decay ends"),
          MethodKey.dependent(
              "detach-epoch", 0, "epoch from which on the loss is left out; else the run's end"));

  private ScheduleReader() {}

  static TermSchedule read(Object value, List<String> problems) {
    if (value == null) {
      return TermSchedule.CONSTANT;
    }
    if (!(value instanceof Map<?, ?> pairs)) {
      problems.add("schedule: found " + value + ", expected keys and values");
      return TermSchedule.CONSTANT;
    }
    Given given = new Given(pairs, "schedule.", problems);
    double steps = given.number("warm-up-steps", 0, n -> n >= 0 && n == Math.rint(n), "steps");
    TermSchedule schedule =
        new TermSchedule(
            (long) steps,
            given.number("warm-up-epochs", 0, n -> n >= 0, "0 or more"),
            given.word("decay", List.of(Decay.values()), ""),
            given.number("end-factor", 0, n -> n >= 0, "0 or more"),
            given.number("detach-epoch", Double.POSITIVE_INFINITY, n -> n > 0, "more than 0"));
    given.end();
    return schedule;
  }

  static Map<String, Object> toMap(TermSchedule schedule) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("warm-up-steps", schedule.warmUpSteps());
    map.put("warm-up-epochs", schedule.warmUpEpochs());
    map.put("decay", LossConfig.key(schedule.decay()));
    map.put("end-factor", schedule.endFactor());
    if (Double.isFinite(schedule.detachEpoch())) {
      map.put("detach-epoch", schedule.detachEpoch());
    }
    return map;
  }
}
