package dev.lectern.trainer.family.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.pixel.LabelMap;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.ClassCells;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.loss.PixelCrossEntropyLoss;
import dev.lectern.trainer.objective.Losses;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SegmentationTrainingTest {
  private static final int SIDE = 49;
  private static final byte X = (byte) LabelMap.IGNORED;

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  static Stream<String> families() {
    return Families.SEGMENTATION.stream().map(Family::name);
  }

  @Test
  void crossEntropyIsTheMeanOverPixelsThatCount() {
    // logits of two classes at three pixels: 0 0, ln 3 0, anything
    NDArray logits =
        manager.create(new float[] {0, (float) Math.log(3), 9, 0, 0, 9}, new Shape(1, 2, 1, 3));

    NDArray loss = PixelCrossEntropyLoss.loss(logits, new byte[] {0, 1, X});

    // -ln 1/2 and -ln 1/4, the third is ignored
    assertThat(loss.getFloat()).isCloseTo((float) (Math.log(8) / 2), within(1e-6f));
    assertThat(PixelCrossEntropyLoss.loss(logits, new byte[] {X, X, X}).getFloat()).isZero();
  }

  @ParameterizedTest
  @MethodSource("families")
  void stepsLowerTheLossAndReachEveryParameter(String family) {
    Detector student = student(family);
    Map<String, Float> largest = new TreeMap<>();

    List<Float> totals = train(student, 12, largest);

    assertThat(totals.get(11)).isLessThan(totals.get(0));
    largest.forEach((name, size) -> assertThat(size).as(name).isPositive());
  }

  @ParameterizedTest
  @MethodSource("families")
  void theSameSeedTrainsTheSame(String family) {
    assertThat(train(student(family), 2, new TreeMap<>()))
        .isEqualTo(train(student(family), 2, new TreeMap<>()));
  }

  @ParameterizedTest
  @MethodSource("families")
  void aBatchOfOneImageTrains(String family) {
    Losses losses = GradientMode.recording(() -> losses(student(family), truth().subList(0, 1)));

    assertThat(losses.total().getFloat()).isFinite().isPositive();
  }

  @ParameterizedTest
  @MethodSource("families")
  void pixelsThatNobodyLabelledTeachNothing(String family) {
    byte[] ignored = new byte[SIDE * SIDE];
    Arrays.fill(ignored, X);
    List<GroundTruth> nothing =
        List.of(GroundTruth.of(new LabelMap(SIDE, SIDE, ignored)), GroundTruth.UNLABELLED);

    Losses losses = GradientMode.recording(() -> losses(student(family), nothing));

    assertThat(losses.total().getFloat()).isZero();
  }

  @Test
  void cellsTakeThePixelThatALabelMapIsShrunkTo() {
    // 49 pixels are 7 cells of stride 8: cell i takes pixel 7 i
    byte[] classes = new byte[SIDE * SIDE];
    classes[7 * SIDE + 14] = 2;
    classes[7 * SIDE + 15] = 1;
    classes[0] = X;
    DetectorSpec spec = spec("pspnet");
    BatchTargets targets =
        trained(spec, Set.of(new ClassCells()))
            .targets(List.of(GroundTruth.of(new LabelMap(SIDE, SIDE, classes))));

    int[] cells = targets.part(new ClassCells())[0];

    assertThat(cells).hasSize(49);
    assertThat(cells[7 + 2]).isEqualTo(2);
    assertThat(cells[0]).isEqualTo(ClassCells.NONE);
    assertThat(Arrays.stream(cells).sum()).isEqualTo(2 + ClassCells.NONE);
  }

  private List<Float> train(Detector student, int steps, Map<String, Float> largest) {
    List<Float> totals = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      student.parameters().clearGradients();
      totals.add(
          GradientMode.recording(
              () -> {
                NDArray total = losses(student, truth()).total();
                JniUtils.backward((PtNDArray) total, (PtNDArray) total.onesLike(), false, false);
                return total.getFloat();
              }));
      GradientMode.off(
          () -> {
            for (Parameter parameter : student.parameters().learned()) {
              NDArray gradient = parameter.gradient(manager);
              largest.merge(parameter.name(), gradient.abs().max().getFloat(), Math::max);
              parameter.array().subi(gradient.mul(0.05f));
            }
          });
    }
    return totals;
  }

  private Losses losses(Detector student, List<GroundTruth> truth) {
    TrainedFamily family = trained(student.spec(), Set.of());
    return new Objective(family, List.of())
        .losses(
            student.forward(images(truth.size()), Mode.TRAIN),
            List.of(),
            family.targets(truth),
            TrainingProgress.START);
  }

  private static TrainedFamily trained(
      DetectorSpec spec, Set<dev.lectern.trainer.assign.TargetPart<?>> parts) {
    Family family = Families.of(spec);
    PriorGrid priors = family.priors(spec, family.levels(spec, SIDE, SIDE));
    return TrainedFamilies.of(spec, priors, TrainedFamilies.settings(spec, null), parts);
  }

  private Detector student(String family) {
    return Detectors.create(spec(family), manager, 1);
  }

  private static DetectorSpec spec(String family) {
    return DetectorSpec.parse(
        "{classes: 3, backbone: {width: 8}, head: {family: %s, channels: 8}}".formatted(family),
        family);
  }

  private static List<GroundTruth> truth() {
    byte[] left = new byte[SIDE * SIDE];
    byte[] top = new byte[SIDE * SIDE];
    for (int i = 0; i < left.length; i++) {
      left[i] = (byte) (i % SIDE < 20 ? 1 : i % SIDE > 40 ? 255 : 0);
      top[i] = (byte) (i / SIDE < 25 ? 2 : 0);
    }
    return List.of(
        GroundTruth.of(new LabelMap(SIDE, SIDE, left)),
        GroundTruth.of(new LabelMap(SIDE, SIDE, top)));
  }

  private NDArray images(int count) {
    Shape shape = new Shape(count, 3, SIDE, SIDE);
    Random random = new Random(3);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape);
  }
}
