package dev.lectern.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.config.ConfigLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ExperimentResultTest {
  private static final ExperimentPlan PLAN =
      ConfigLoader.bind(
          """
          run: run.yaml
          seeds: [1, 2]
          rows: [{name: none}, {name: kd}]
          claims: [{row: kd}]
          """,
          List.of(),
          ExperimentPlan.class,
          "plan");

  @Test
  void pairsOfEqualStepsDecide() {
    assertThat(verdict(run("none", 1, 4), run("none", 2, 4), run("kd", 1, 4), run("kd", 2, 4)))
        .extracting(Verdict::outcome)
        .isEqualTo(Verdict.Outcome.DOES_NOT_HOLD);
  }

  @Test
  void aPairOfOtherNumbersOfStepsDecidesNothing() {
    Verdict verdict =
        verdict(run("none", 1, 4), run("none", 2, 4), run("kd", 1, 4), run("kd", 2, 5));

    assertThat(verdict.outcome()).isEqualTo(Verdict.Outcome.OPEN);
    assertThat(verdict.reason())
        .isEqualTo("row and baseline took other numbers of steps with seeds [2]");
    assertThat(verdict.difference().pairs()).isEqualTo(1);
  }

  @Test
  void aMeasurementOfAnEarlierEpochDecidesNothing() {
    RowRun whole = run("kd", 2, 4);
    TrainingHistory.Measurement early =
        new TrainingHistory.Measurement("test", 2, 1, Map.of("AP", 0.5));
    RowRun stopped =
        new RowRun(
            "kd", 2, new TrainingHistory(whole.history().steps(), List.of(early)), whole.student());

    assertThat(stopped.last("test", ExperimentPlan.Figure.AP)).isNaN();
    assertThat(stopped.best("test", ExperimentPlan.Figure.AP)).isEqualTo(0.5);
    assertThat(verdict(run("none", 1, 4), run("none", 2, 4), run("kd", 1, 4), stopped).reason())
        .isEqualTo("1 of 2 pairs are measured");
  }

  private static Verdict verdict(RowRun... runs) {
    return new ExperimentResult(PLAN, List.of(runs), new Costs(Map.of())).verdicts().get(0);
  }

  /** A training with as many steps, measured after the first and after the last. */
  private static RowRun run(String row, long seed, int steps) {
    List<TrainingHistory.Step> each =
        LongStream.rangeClosed(1, steps)
            .mapToObj(number -> new TrainingHistory.Step(number, Map.of(), 0, 1))
            .toList();
    List<TrainingHistory.Measurement> measurements = new ArrayList<>();
    for (int step : new int[] {1, steps}) {
      measurements.add(
          new TrainingHistory.Measurement("test", step, step, Map.of("AP", 0.1 * seed)));
    }
    return new RowRun(row, seed, new TrainingHistory(each, measurements), "5ea1ed");
  }
}
