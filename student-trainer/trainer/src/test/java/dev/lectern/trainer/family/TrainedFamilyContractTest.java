package dev.lectern.trainer.family;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.ReachablePositions;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.descriptor.FamilyPreset;
import dev.lectern.schemas.descriptor.HeadLevel;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.objective.Losses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the training of every listed family keeps to, whichever it is. */
class TrainedFamilyContractTest {
  @TempDir private Path folder;
  private static final int SIDE = 64;
  private static final List<GroundTruth> TRUTH =
      List.of(
          new GroundTruth(new float[] {4, 6, 40, 44}, new int[] {1}),
          new GroundTruth(new float[] {20, 10, 60, 44, 2, 30, 30, 62}, new int[] {0, 2}));

  static Stream<Family> families() {
    return Families.ALL.stream();
  }

  @ParameterizedTest
  @MethodSource("families")
  void everyFamilyCanBeTrained(Family family) {
    DetectorSpec spec = spec(family);

    assertThat(TrainedFamilies.of(spec).name()).isEqualTo(family.name());
  }

  static Stream<Family> denseFamilies() {
    return families()
        .filter(family -> family.task() == Task.DETECTION)
        .filter(family -> family.instances(spec(family)).isEmpty());
  }

  /** But for RepPoints, whose positives follow from its own boxes, inside of objects or not. */
  @ParameterizedTest
  @MethodSource("denseFamilies")
  void recordedRegionsHoldEveryRowThatTermsRead(Family family) {
    DetectorSpec spec = spec(family);
    Map<String, Object> settings = TrainedFamilies.settings(spec, null);
    List<RegionPart> parts =
        Stream.of(RegionPart.Kind.values())
            .filter(kind -> kind != RegionPart.Kind.FINE_GRAINED)
            .filter(kind -> kind != RegionPart.Kind.TEACHER_BOXES)
            .map(kind -> new RegionPart(kind, kind.isValuable() ? 0.25 : 0))
            .toList();
    PriorGrid priors = family.priors(spec, PriorGrid.levels(SIDE, SIDE, spec.strides()));
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector student = Detectors.create(spec, manager, 1)) {
      TrainedFamily trained =
          TrainedFamilies.of(spec, priors, settings, List.copyOf(parts)).on(student, 1);
      BatchTargets targets =
          trained.targets(trained.targets(TRUTH), student.forward(images(manager), Mode.TRAIN));
      for (RegionPart part : parts) {
        Optional<RegionPriors> rule = TrainedFamilies.regions(spec, settings, part);
        boolean isOwn = family.name().equals("reppoints") && part.equals(RegionPart.MAIN);
        assertThat(rule.isPresent()).as("%s", part).isNotEqualTo(isOwn);
        if (isOwn) {
          continue;
        }
        ReachablePositions reached =
            new ReachablePositions(teacher(spec.strides()), List.of(rule.get()));
        List<List<int[]>> kept = TRUTH.stream().map(truth -> reached.of(truth.boxes())).toList();
        int[] rows = targets.region(part).rows();
        int[] positions = targets.rows().positionsOf(rows);
        for (int i = 0; i < rows.length; i++) {
          int level = priors.levelOf(positions[i]);
          int inLevel = rows[i] - targets.rows().start(level);
          int image = inLevel / priors.count(level);
          int cell = inLevel % priors.count(level) / priors.anchorsPerCell();
          assertThat(kept.get(image).get(level)).as("%s, row %d", part, rows[i]).contains(cell);
        }
        if (part.equals(RegionPart.MAIN)) {
          assertThat(rows).isNotEmpty();
        }
      }
    }
  }

  private static TeacherDescriptor teacher(List<Integer> strides) {
    return FamilyPreset.named("GFL")
        .describe(
            8,
            0,
            List.of("a", "b", "c"),
            strides.stream()
                .map(s -> HeadLevel.of(Level.of(s, SIDE, SIDE), "c" + s, "b" + s))
                .toList())
        .setName("t")
        .setInputName("x")
        .setInputWidth(SIDE)
        .setInputHeight(SIDE)
        .setChannelOrder(ChannelOrder.RGB)
        .setMean(List.of(0.0, 0.0, 0.0))
        .setStd(List.of(1.0, 1.0, 1.0))
        .setBatchSize(1)
        .build();
  }

  @ParameterizedTest
  @MethodSource("families")
  void stepsLowerTheLossAndReachEveryParameter(Family family) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector student = Detectors.create(spec(family), manager, 1)) {
      // outputs decide some targets, whose appearance raises the loss for a while
      List<Float> totals = train(student, manager, 30);

      assertThat(totals).allSatisfy(total -> assertThat(total).isFinite().isPositive());
      assertThat(totals.get(29)).isLessThan(totals.get(0));
      for (Parameter parameter : student.parameters().learned()) {
        assertThat(parameter.gradient(manager).abs().max().getFloat())
            .as(parameter.name())
            .isFinite();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void theSameSeedTrainsTheSame(Family family) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector first = Detectors.create(spec(family), manager, 1);
        Detector second = Detectors.create(spec(family), manager, 1)) {
      assertThat(train(second, manager, 3)).isEqualTo(train(first, manager, 3));
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void aStudentReadFromItsFileGoesOnTheSame(Family family) throws IOException {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector student = Detectors.create(spec(family), manager, 1);
        Detector resumed = Detectors.create(spec(family), manager, 2)) {
      train(student, manager, 2);
      Path file = folder.resolve("student.safetensors");
      Weights.save(student, file);
      Weights.load(file, resumed.parameters());

      assertThat(train(resumed, manager, 2)).isEqualTo(train(student, manager, 2));
      for (Parameter parameter : student.parameters()) {
        assertThat(resumed.parameters().get(parameter.name()).values())
            .as(parameter.name())
            .isEqualTo(parameter.values());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void theGradientReachesEveryParameter(Family family) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector student = Detectors.create(spec(family), manager, 1)) {
      Map<String, Float> largest = new TreeMap<>();
      for (int step = 0; step < 3; step++) { // a ReLU may be shut at first
        train(student, manager, 1);
        for (Parameter parameter : student.parameters().learned()) {
          float size = parameter.gradient(manager).abs().max().getFloat();
          largest.merge(parameter.name(), size, Math::max);
        }
      }

      // what is one level's own has none where nothing is to be learned on that level
      largest
          .keySet()
          .removeIf(name -> name.contains(".scales.") || name.startsWith("model.22.cv2."));
      largest.forEach((name, size) -> assertThat(size).as(name).isPositive());
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void anEmptyBatchTeachesBackgroundAlone(Family family) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector student = Detectors.create(spec(family), manager, 1)) {
      Map<String, Float> losses =
          GradientMode.recording(
                  () -> losses(student, manager, List.of(GroundTruth.NONE, GroundTruth.NONE)))
              .toFloats();

      assertThat(losses.values()).allSatisfy(loss -> assertThat(loss).isFinite());
      assertThat(losses.values().stream().mapToDouble(Float::doubleValue).sum()).isPositive();
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void imagesThatNobodyAnnotatedTeachNothing(Family family) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector student = Detectors.create(spec(family), manager, 1)) {
      Map<String, Float> losses =
          GradientMode.recording(
                  () ->
                      losses(
                          student,
                          manager,
                          List.of(GroundTruth.UNLABELLED, GroundTruth.UNLABELLED)))
              .toFloats();

      assertThat(losses.values()).allSatisfy(loss -> assertThat(Math.abs(loss)).isZero());
    }
  }

  private static List<Float> train(Detector student, NDManager manager, int steps) {
    List<Float> totals = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      student.parameters().clearGradients();
      totals.add(
          GradientMode.recording(
              () -> {
                NDArray total = losses(student, manager, TRUTH).total();
                JniUtils.backward((PtNDArray) total, (PtNDArray) total.onesLike(), false, false);
                return total.getFloat();
              }));
      GradientMode.off(
          () -> {
            for (Parameter parameter : student.parameters().learned()) {
              parameter.array().subi(parameter.gradient(manager).mul(0.005f));
            }
          });
    }
    return totals;
  }

  private static Losses losses(Detector student, NDManager manager, List<GroundTruth> truth) {
    DetectorSpec spec = student.spec();
    PriorGrid priors = Families.of(spec).priors(spec, PriorGrid.levels(SIDE, SIDE, spec.strides()));
    TrainedFamily family =
        TrainedFamilies.of(spec, priors, TrainedFamilies.settings(spec, null), List.of())
            .on(student, 1);
    return new Objective(family, List.of())
        .losses(
            student.forward(images(manager), Mode.TRAIN),
            List.of(),
            family.targets(truth),
            TrainingProgress.START);
  }

  private static DetectorSpec spec(Family family) {
    return DetectorSpec.parse(
        """
        classes: 3
        strides: [8, 16, 32]
        backbone: {width: 8}
        neck: {channels: 16}
        head: {family: %s, channels: 16, depth: 2}
        """
            .formatted(family.name()),
        family.name());
  }

  private static NDArray images(NDManager manager) {
    Shape shape = new Shape(2, 3, SIDE, SIDE);
    Random random = new Random(3);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape);
  }
}
