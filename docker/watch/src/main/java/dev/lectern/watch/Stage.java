package dev.lectern.watch;

import dev.lectern.schemas.record.StageTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Time spent on one part of the work.
 *
 * @param millisPerView wall time, summed over threads; publishing ends with the acknowledgement
 * @param share of one thread's time; above 1 where several are busy
 */
public record Stage(double millisPerView, double share) {
  /** Names of stages that tell what a teacher waits for. */
  static final String WAIT = "wait-";

  /** The parts of the work by name; waiting is none. */
  static Map<String, Stage> of(List<StageTime> times) {
    Map<String, Stage> stages = new LinkedHashMap<>();
    for (StageTime time : times) {
      if (!time.getStage().startsWith(WAIT)) {
        stages.put(
            time.getStage(),
            new Stage(Figures.rounded(time.getMillisPerView()), Figures.rounded(time.getShare())));
      }
    }
    return stages;
  }
}
