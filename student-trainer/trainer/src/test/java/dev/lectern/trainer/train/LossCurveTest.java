package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.schemas.record.CurvePoint;
import java.util.List;
import org.junit.jupiter.api.Test;

class LossCurveTest {
  private final LossCurve curve = new LossCurve(8);

  @Test
  void aShortRunIsShownStepByStep() {
    curve.add(1, 0.5, 3, new double[] {1, 2});
    curve.add(2, 1.0, 5, new double[] {2, 3});

    assertThat(curve.points())
        .containsExactly(
            new CurvePoint(1L, 0.5f, 3f, List.of(1f, 2f)),
            new CurvePoint(2L, 1f, 5f, List.of(2f, 3f)));
  }

  @Test
  void aLongRunKeepsItsWholeCourseInFewPoints() {
    for (int step = 1; step <= 1000; step++) {
      curve.add(step, step / 100.0, step, new double[] {-step});
    }

    List<CurvePoint> points = curve.points();
    assertThat(points).hasSize(7);
    // 1000 steps, 128 a point since step 512: the first point is the mean of 1 to 128.
    assertThat(points.get(0).getStep()).isEqualTo(128);
    assertThat((double) points.get(0).getTotal()).isCloseTo(64.5, within(0.01));
    assertThat((double) points.get(0).getLosses().get(0)).isCloseTo(-64.5, within(0.01));
    assertThat(points).isSortedAccordingTo((a, b) -> Long.compare(a.getStep(), b.getStep()));
  }
}
