package dev.lectern.detector.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.PointsTransform;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PointsDecoderTest {
  private static final PriorGrid PRIORS = PriorGrid.points(List.of(new LevelGrid(8, 1, 1)), 0.5);

  @Test
  void theBoxIsTheMeanAndTheDeviationTimesTheFactors() {
    // x is 1 three times, 2 three times, 3 three times: mean 2, deviation sqrt(6 / 8); y likewise
    // about 0; factors e^ln2 and e^0
    float[] values = points(2, 0);
    values[18] = (float) Math.log(2);
    double half = Math.sqrt(6.0 / 8);

    assertBox(
        PointsTransform.MOMENT,
        values,
        4 + 8 * (2 - 2 * half),
        4 - 8 * half,
        4 + 8 * (2 + 2 * half),
        4 + 8 * half);
  }

  @Test
  void theBoxHoldsAllPointsOrTheFirstFour() {
    float[] values = points(2, 0);

    assertBox(PointsTransform.MINMAX, values, 12, -4, 28, 12);
    // the first row has y -1, and the fourth point x 1 and y 0
    assertBox(PointsTransform.PARTIAL_MINMAX, values, 12, -4, 28, 4);
  }

  /** A grid of nine points about (x, y), and two zeros. */
  private static float[] points(float x, float y) {
    float[] values = new float[20];
    for (int i = 0; i < 9; i++) {
      int row = i / 3;
      int column = i % 3;
      values[2 * i] = y + row - 1;
      values[2 * i + 1] = x + column - 1;
    }
    return values;
  }

  private static void assertBox(PointsTransform transform, float[] values, double... expected) {
    PointsDecoder decoder = new PointsDecoder(transform);
    float[] own = Arrays.copyOf(values, decoder.channels());
    double[] box =
        decoder.box(
            Outputs.<float[]>none().with(TensorRole.BOX_POINTS, List.of(own)), PRIORS, 0, 0);
    assertThat(box).containsExactly(expected, within(1e-5));
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      float[] inStrides =
          decoder
              .boxes(manager.create(own, new Shape(1, own.length)), PRIORS, new int[] {0})
              .toFloatArray();
      for (int e = 0; e < 4; e++) {
        assertThat(8.0 * inStrides[e]).isCloseTo(expected[e], within(1e-4));
      }
    }
  }
}
