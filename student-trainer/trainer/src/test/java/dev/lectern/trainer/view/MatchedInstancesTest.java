package dev.lectern.trainer.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxCoding;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.BoxUnit;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.ClassCoding;
import dev.lectern.schemas.serde.AvroLimits;
import dev.lectern.trainer.assign.GroundTruth;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MatchedInstancesTest {
  static {
    AvroLimits.apply();
  }

  private static final ClassCoding SIGMOID =
      new ClassCoding(ClassActivation.SIGMOID, Background.NONE);
  private static final PriorGrid PRIORS = PriorGrid.points(List.of(new LevelGrid(8, 8, 8)), 0.5);

  /** Two objects of an image of 64 x 64 pixels. */
  private static final GroundTruth TRUTH =
      new GroundTruth(new float[] {8, 8, 24, 24, 32, 32, 56, 48}, new int[] {0, 1});

  @Test
  void eachObjectTakesAQueryOfItsOwn() {
    // Given: queries 1 and 2 lie on the first object, but only 2 is of its class; 0 lies on the
    // second. Rows from the third on do not count, though they fit best
    TeacherInstances queries =
        new TeacherInstances(
            4,
            new int[] {3},
            Map.of(
                TensorRole.INSTANCE_BOXES,
                new float[] {32, 32, 56, 48, 8, 8, 24, 24, 9, 8, 24, 24, 8, 8, 24, 24},
                TensorRole.INSTANCE_LOGITS,
                new float[] {-5, 2, -5, 3, 3, -5, 9, -9}),
            SIGMOID,
            null,
            2);

    MatchedInstances matched = MatchedInstances.of(queries, List.of(TRUTH), 64, 64);

    assertThat(matched.row(0, 0)).isEqualTo(2);
    assertThat(matched.row(0, 1)).isEqualTo(0);
  }

  @Test
  void positivesSeeTheLogitsAndTheBoxOfTheirQuery() {
    TeacherInstances queries =
        new TeacherInstances(
            1,
            new int[] {1},
            Map.of(
                TensorRole.INSTANCE_BOXES, new float[] {8, 4, 28, 24},
                TensorRole.INSTANCE_LOGITS, new float[] {1.5f, -2}),
            SIGMOID,
            null,
            2);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      // Given the positive at row 9: cell (1, 1), whose centre is 12 pixels = 1.5 strides
      GroundTruth one = new GroundTruth(new float[] {8, 8, 24, 24}, new int[] {0});
      TeacherOutputs seen =
          MatchedInstances.of(queries, List.of(one), 64, 64)
              .at(
                  new MatchedInstances.Positives(
                      new int[] {9},
                      new int[] {0},
                      new int[] {0},
                      new float[] {1.5f, 1.5f},
                      new int[] {8}),
                  none(),
                  PRIORS,
                  64,
                  manager.create(new float[] {7, 7}, new Shape(1, 2)),
                  manager);

      // Then
      assertThat(seen.cls().at(new int[] {9}).toFloatArray()).containsExactly(1.5f, -2);
      // 12 - 8, 12 - 4, 28 - 12, 24 - 12 pixels
      assertThat(seen.boxes().at(new int[] {9}).toFloatArray()).containsExactly(0.5f, 1, 2, 1.5f);
    }
  }

  @Test
  void theSigmoidsOfMatchedSoftmaxLogitsAreTheTeachersProbabilities() {
    // Given probabilities 8/10, 1/10 and 1/10 for the background
    TeacherInstances queries =
        new TeacherInstances(
            1,
            new int[] {1},
            Map.of(
                TensorRole.INSTANCE_BOXES,
                new float[] {8, 8, 24, 24},
                TensorRole.INSTANCE_LOGITS,
                new float[] {(float) Math.log(8), 0, 0}),
            new ClassCoding(ClassActivation.SOFTMAX, Background.LAST),
            null,
            2);

    float[] logits = queries.independentLogits(0, 0);

    assertThat(logits)
        .containsExactly(new float[] {(float) Math.log(4), -(float) Math.log(9)}, within(1e-6f));
  }

  @Test
  void anObjectWithoutADetectionOfItsClassIsTaughtNothing() {
    TeacherInstances detections =
        new TeacherInstances(
            2,
            new int[] {1},
            Map.of(
                TensorRole.INSTANCE_BOXES, new float[] {8, 8, 24, 24, 0, 0, 0, 0},
                TensorRole.INSTANCE_LABELS, new float[] {1, 0},
                TensorRole.INSTANCE_SCORES, new float[] {0.9f, 0}),
            SIGMOID,
            null,
            2);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      TeacherOutputs seen =
          MatchedInstances.of(detections, List.of(TRUTH), 64, 64)
              .at(
                  new MatchedInstances.Positives(
                      new int[] {9},
                      new int[] {0},
                      new int[] {0},
                      new float[] {1.5f, 1.5f},
                      new int[] {8}),
                  none(),
                  PRIORS,
                  64,
                  manager.create(new float[] {7, 6}, new Shape(1, 2)),
                  manager);

      // Then its box is farther than any student's, and its logits are the student's
      assertThat(seen.boxes().at(new int[] {9}).toFloatArray()[0]).isEqualTo(1e6f);
      assertThat(seen.cls().at(new int[] {9}).toFloatArray()).containsExactly(7, 6);
    }
  }

  /** D-FINE's bins: W(n) / 4 with up 0.5 and reg_scale 4. */
  private static List<Double> bins() {
    double step = Math.pow(3, 2.0 / 30);
    return IntStream.rangeClosed(0, 32)
        .mapToObj(
            n ->
                n == 0
                    ? -1.0
                    : n == 32
                        ? 1.0
                        : Math.signum(n - 16) * (Math.pow(step, Math.abs(n - 16)) - 1) / 4)
        .toList();
  }

  @Test
  void rebinnedSidesKeepTheirExpectedPlace() {
    Random random = new Random(5);
    List<Double> values = bins();
    BoxCoding coding =
        BoxCoding.newBuilder()
            .setForm(BoxForm.DISTRIBUTION)
            .setBins(33)
            .setBinValues(values)
            .setUnit(BoxUnit.SIDES)
            .build();
    for (int trial = 0; trial < 100; trial++) {
      // Given a reference of which every bin lies inside of 16 strides from the positive's centre
      float[] reference = {
        20 + random.nextFloat(), 22 + random.nextFloat(), 40 + random.nextFloat(), 44
      };
      float[] logits = new float[4 * 33];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = (float) (2 * random.nextGaussian()) - 8f * Math.abs(i % 33 - 16) / 16;
      }
      // bins at the ends of the support reach over the centre
      for (int side = 0; side < 4; side++) {
        logits[33 * side] = -60;
        logits[33 * side + 32] = -60;
      }
      TeacherInstances queries =
          new TeacherInstances(
              1,
              new int[] {1},
              Map.of(
                  TensorRole.INSTANCE_BOXES, reference,
                  TensorRole.INSTANCE_REFERENCES, reference,
                  TensorRole.INSTANCE_DISTRIBUTION, logits,
                  TensorRole.INSTANCE_LOGITS, new float[] {1}),
              SIGMOID,
              coding,
              1);
      GroundTruth truth = new GroundTruth(new float[] {20, 22, 40, 44}, new int[] {0});
      float[] centre = {3.75f, 4.125f};
      try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
        TeacherOutputs seen =
            MatchedInstances.of(queries, List.of(truth), 64, 64)
                .at(
                    new MatchedInstances.Positives(
                        new int[] {27}, new int[] {0}, new int[] {0}, centre, new int[] {8}),
                    none(),
                    PRIORS,
                    64,
                    null,
                    manager);

        // When
        float[] rebinned = seen.matched().probabilities(new int[] {27}, 17);

        // Then
        for (int side = 0; side < 4; side++) {
          double sum = 0;
          double expected = 0;
          for (int bin = 0; bin < 33; bin++) {
            sum += Math.exp(logits[33 * side + bin]);
          }
          for (int bin = 0; bin < 33; bin++) {
            double p = Math.exp(logits[33 * side + bin]) / sum;
            double size = reference[2 + side % 2] - reference[side % 2];
            double moved = values.get(bin) * size;
            expected +=
                p
                    * (side < 2
                        ? centre[side] - (reference[side] - moved) / 8
                        : (reference[side] + moved) / 8 - centre[side - 2]);
          }
          double found = 0;
          double mass = 0;
          for (int bin = 0; bin < 17; bin++) {
            found += bin * rebinned[17 * side + bin];
            mass += rebinned[17 * side + bin];
          }
          assertThat(mass).isCloseTo(1, within(1e-5));
          assertThat(found).isCloseTo(expected, within(1e-3));
        }
      }
    }
  }

  private static TeacherOutputs none() {
    return new TeacherOutputs(
        null, null, null, Map.of(), Map.of(), null, null, new int[0], List.of());
  }
}
