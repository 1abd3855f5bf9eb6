package dev.lectern.trainer.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.DistributionDecoder;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.BatchRows;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A teacher of 96x64 pixels and a student of 48x40: factors of 1/2 across and 5/8 down. */
class ResampledCellsTest {
  private static final int BINS = 5;
  private static final int IMAGES = 2;

  private final PriorGrid teacher = PriorGrid.points(PriorGrid.levels(64, 96, 8, 16), 0);
  private final PriorGrid student = PriorGrid.points(PriorGrid.levels(40, 48, 8, 16), 0.5);
  private final ResampledCells cells = ResampledCells.of(student, teacher, 0.5, 0.625);
  private final Random random = new Random(3);

  @Test
  void aCellIsTheOneInWhichTheCentreOfTheStudentsLies() {
    // 6 cells of 12: centres at 1, 3, 5, ... of the teacher's columns; 5 rows of 8: 0.8, 2.4, 4,
    // 5.6, 7.2
    assertThat(IntStream.range(0, 6).map(cells::of)).containsExactly(1, 3, 5, 7, 9, 11);
    assertThat(IntStream.range(0, 5).map(row -> cells.of(6 * row) / 12))
        .containsExactly(0, 2, 4, 5, 7);
    assertThat(cells.of(30)).as("the first of the second level").isEqualTo(96 + 1);
  }

  @Test
  void boxesAreTheTeachersTimesTheFactors() {
    BatchRows order = new BatchRows(student, IMAGES);
    int[] rows = IntStream.range(0, order.count()).toArray();
    float[] logits = new float[rows.length * 4 * BINS];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = random.nextFloat() * 6;
    }
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      float[] boxes =
          new BoxReading(new DistributionDecoder(BINS), teacher, cells)
              .boxes(manager.create(logits, new Shape(rows.length, 4 * BINS)), order, rows)
              .toFloatArray();

      int[] of = BoxReading.cells(order, rows);
      for (int row : rows) {
        int position = cells.of(of[row]);
        double stride = teacher.strideOf(position);
        for (int side = 0; side < 4; side++) {
          double centre = side % 2 == 0 ? teacher.centreX(position) : teacher.centreY(position);
          double distance = expected(logits, (row * 4 + side) * BINS) * stride;
          double there = side < 2 ? centre - distance : centre + distance;
          double here = there * (side % 2 == 0 ? 0.5 : 0.625);
          assertThat(boxes[4 * row + side] * order.strideOf(row))
              .isCloseTo((float) here, within(1e-3f));
        }
      }
    }
  }

  @Test
  void distributionsKeepTheirMassAndTheEdgeThatTheyExpect() {
    int[] of = IntStream.range(0, 30).toArray();
    float[] probabilities = new float[of.length * 4 * BINS];
    for (int side = 0; side < 4 * of.length; side++) {
      // between one and three strides of the teacher, so that no mass meets an end
      float share = random.nextFloat();
      probabilities[side * BINS + 2] = share;
      probabilities[side * BINS + 3] = 1 - share;
    }

    float[] moved = cells.distributions(probabilities, of, 2 * BINS);

    for (int cell : of) {
      int position = cells.of(cell);
      for (int side = 0; side < 4; side++) {
        int sign = side < 2 ? -1 : 1;
        double factor = side % 2 == 0 ? 0.5 : 0.625;
        double theirs = side % 2 == 0 ? teacher.centreX(position) : teacher.centreY(position);
        double ours = side % 2 == 0 ? student.centreX(cell) : student.centreY(cell);
        int row = 4 * cell + side;
        double edge = (theirs + sign * 8 * mean(probabilities, row * BINS, BINS)) * factor;
        assertThat(ours + sign * 8 * mean(moved, row * 2 * BINS, 2 * BINS))
            .isCloseTo(edge, within(1e-3));
        assertThat(mass(moved, row * 2 * BINS, 2 * BINS)).isCloseTo(1, within(1e-6));
      }
    }
    // a box that is smaller than the way to its edge ends in bin 0
    float[] nothing = new float[4 * BINS];
    IntStream.range(0, 4).forEach(side -> nothing[side * BINS] = 1);
    assertThat(cells.distributions(nothing, new int[] {0}, BINS)[2 * BINS]).isEqualTo(1);
  }

  private static double expected(float[] logits, int from) {
    double sum = 0;
    double weighed = 0;
    for (int bin = 0; bin < BINS; bin++) {
      sum += Math.exp(logits[from + bin]);
      weighed += bin * Math.exp(logits[from + bin]);
    }
    return weighed / sum;
  }

  private static double mean(float[] masses, int from, int bins) {
    return IntStream.range(0, bins).mapToDouble(bin -> bin * masses[from + bin]).sum();
  }

  private static double mass(float[] masses, int from, int bins) {
    return IntStream.range(0, bins).mapToDouble(bin -> masses[from + bin]).sum();
  }
}
