package dev.lectern.trainer.family.fasterrcnn;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.DistanceDecoder;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxActivation;
import dev.lectern.schemas.record.BoxUnit;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.ClassCoding;
import dev.lectern.schemas.serde.AvroLimits;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.distil.Layers;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Methods;
import dev.lectern.trainer.distil.Pairing;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.distil.WeightedTerm;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.TeacherInstances;
import dev.lectern.trainer.view.TeacherOutputs;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Distillation between networks of which one or both have two stages. */
class TwoStageStepTest {
  static {
    AvroLimits.apply();
  }

  private static final int SIDE = 64;
  private static final DetectorSpec SPEC =
      DetectorSpec.parse(
          """
          classes: 3
          strides: [8, 16, 32]
          backbone: {width: 8, normalization: frozen_batch}
          neck: {channels: 16}
          head: {family: faster_rcnn, channels: 16, hidden: 24, proposals: 12}
          """,
          "test");
  private static final List<GroundTruth> TRUTH =
      List.of(
          new GroundTruth(new float[] {4, 6, 40, 44}, new int[] {1}),
          new GroundTruth(new float[] {20, 10, 60, 44, 2, 30, 30, 62}, new int[] {0, 2}));

  private final NDManager manager = NDManager.newBaseManager("PyTorch");

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"kd", "{name: kd, region: recorded}", "tbr", "gid", "mimic", "defeat_head", "fgd"})
  void everyMethodOfInstancesTeaches(String method) {
    Detector student = Detectors.create(SPEC, manager, 1);
    TeacherOutputs teacher = teacher(shaken(Detectors.create(SPEC, manager, 2)));

    float loss = loss(student, teacher, method);

    assertThat(loss).isFinite().isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{name: kd, region: recorded}", "defeat_head"})
  void aStudentThatIsItsTeacherLearnsNothing(String method) {
    Detector student = shaken(Detectors.create(SPEC, manager, 1));

    assertThat(loss(student, teacher(student), method)).isBetween(-1e-6f, 1e-5f);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kd", "{name: kd, form: softmax}", "tbr", "mimic"})
  void aTeacherOfCellsTeachesTheBoxesOfObjects(String method) {
    Detector student = Detectors.create(SPEC, manager, 1);

    float loss = loss(student, cells(), method);

    assertThat(loss).isFinite().isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kd", "{name: kd, form: softmax}", "tbr", "mimic"})
  void queriesTeachTheBoxesOfObjects(String method) {
    Detector student = Detectors.create(SPEC, manager, 1);
    float[] logits = {2, -1, 0, -2, 3, 0, 1, -3, -2, -1, 0, 2};
    Map<TensorRole, float[]> numbers =
        Map.of(TensorRole.INSTANCE_BOXES, TWO_BOXES, TensorRole.INSTANCE_LOGITS, logits);

    float loss = loss(student, instances(numbers), method);

    assertThat(loss).isFinite().isPositive();
  }

  @Test
  void detectionsBoundTheBoxesOfObjects() {
    Detector student = Detectors.create(SPEC, manager, 1);
    Map<TensorRole, float[]> numbers =
        Map.of(
            TensorRole.INSTANCE_BOXES, TWO_BOXES,
            TensorRole.INSTANCE_LABELS, new float[] {1, 2, 0, 2},
            TensorRole.INSTANCE_SCORES, new float[] {0.9f, 0.8f, 0.7f, 0.6f});

    assertThat(loss(student, instances(numbers), "tbr")).isFinite().isPositive();
  }

  @Test
  void anObjectThatNothingStandsForTeachesNothing() {
    Detector student = Detectors.create(SPEC, manager, 1);
    Map<TensorRole, float[]> numbers =
        Map.of(
            TensorRole.INSTANCE_BOXES, TWO_BOXES,
            TensorRole.INSTANCE_LABELS, new float[] {0, 0, 1, 1},
            TensorRole.INSTANCE_SCORES, new float[] {0.9f, 0.8f, 0.7f, 0.6f});

    assertThat(loss(student, instances(numbers), "tbr")).isZero();
  }

  @Test
  void aStudentOfCellsLearnsEveryClassFromProposals() {
    DetectorSpec dense =
        DetectorSpec.parse(
            """
            classes: 3
            strides: [8, 16, 32]
            backbone: {width: 8, normalization: frozen_batch}
            neck: {channels: 16}
            head: {family: gfl, channels: 16, depth: 1}
            """,
            "test");
    Detector student = Detectors.create(dense, manager, 1);
    TeacherOutputs teacher = teacher(shaken(Detectors.create(SPEC, manager, 2)));

    GradientMode.recording(
        () -> {
          NDArray value = value(dense, student, teacher, "kd");
          JniUtils.backward((PtNDArray) value, (PtNDArray) value.onesLike(), false, false);
        });

    NDArray gradient = student.parameters().get("bbox_head.gfl_cls.bias").gradient(manager);
    assertThat(gradient.toFloatArray()).hasSize(3).doesNotContain(0);
  }

  /** Two boxes near the objects of each image. */
  private static final float[] TWO_BOXES = {
    5, 5, 42, 40, 0, 0, 10, 10, 22, 12, 58, 44, 4, 28, 30, 60
  };

  private TeacherOutputs instances(Map<TensorRole, float[]> numbers) {
    Map<Integer, NDArray> features = new HashMap<>();
    for (int level = 0; level < 3; level++) {
      features.put(level, normal(level, 16, 8 >> level));
    }
    return new TeacherOutputs(
            null, null, null, Map.of(), features, null, null, new int[0], List.of())
        .with(
            new TeacherInstances(
                2,
                new int[] {2, 2},
                numbers,
                new ClassCoding(ClassActivation.SIGMOID, Background.NONE),
                null,
                3));
  }

  /** A class logit for each of three classes and distances to the sides, in each cell. */
  private TeacherOutputs cells() {
    List<NDArray> cls = new ArrayList<>();
    List<NDArray> distances = new ArrayList<>();
    List<NDArray> features = new ArrayList<>();
    for (int level = 0; level < 3; level++) {
      cls.add(normal(level, 3, 8 >> level));
      distances.add(normal(10 + level, 4, 8 >> level).abs().add(1));
      features.add(normal(20 + level, 16, 8 >> level));
    }
    PriorGrid points = PriorGrid.points(PriorGrid.levels(SIDE, SIDE, SPEC.strides()), 0.5);
    return TeacherOutputs.dense(
        cls,
        distances,
        new BoxReading(new DistanceDecoder(BoxUnit.STRIDES, BoxActivation.NONE), points),
        features,
        null);
  }

  private NDArray normal(int seed, int channels, int side) {
    Random random = new Random(seed);
    float[] values = new float[2 * channels * side * side];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, new Shape(2, channels, side, side));
  }

  @Test
  void theSecondStageLearnsOnTheTeachersProposals() {
    Detector student = Detectors.create(SPEC, manager, 1);
    TeacherOutputs teacher = teacher(shaken(Detectors.create(SPEC, manager, 2)));

    GradientMode.recording(
        () -> {
          NDArray value = value(student, teacher, "defeat_head");
          JniUtils.backward((PtNDArray) value, (PtNDArray) value.onesLike(), false, false);
        });

    assertThat(gradient(student, "roi_head.bbox_head.fc_cls.weight")).isPositive();
    assertThat(gradient(student, "neck.fpn_convs.0.conv.weight")).isPositive();
    assertThat(gradient(student, "rpn_head.rpn_cls.weight")).isZero();
  }

  @ParameterizedTest
  @CsvSource({"mimic, 1", "kd, 2", "defeat_head, 2"})
  void theSecondStageRunsOnceMoreOnlyForLossesThatReadIt(String method, int passes) {
    Detector network = Detectors.create(SPEC, manager, 1);
    TeacherOutputs teacher = teacher(shaken(Detectors.create(SPEC, manager, 2)));
    AtomicInteger count = new AtomicInteger();
    SecondStage second = network.secondStage().orElseThrow();
    SecondStage counted =
        proxy(
            SecondStage.class,
            (proxy, called, arguments) -> {
              count.addAndGet(called.getName().equals("predict") ? 1 : 0);
              return called.invoke(second, arguments);
            });
    Detector student =
        proxy(
            Detector.class,
            (proxy, called, arguments) ->
                called.getName().equals("secondStage")
                    ? Optional.of(counted)
                    : called.invoke(network, arguments));

    loss(student, teacher, method);

    assertThat(count).hasValue(passes);
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @Test
  void anImageWithoutProposalsTeachesNothing() {
    Detector student = Detectors.create(SPEC, manager, 1);
    TeacherOutputs teacher = teacher(shaken(Detectors.create(SPEC, manager, 2)));
    TeacherInstances all = teacher.instances();
    TeacherInstances none =
        new TeacherInstances(
            all.rows(), new int[] {0, 0}, all.numbers(), all.coding(), all.boxes(), all.classes());

    for (String method : List.of("kd", "tbr", "gid", "mimic", "defeat_head")) {
      assertThat(loss(student, teacher.with(none), method)).as(method).isFinite();
    }
    assertThat(loss(student, teacher.with(none), "defeat_head")).isZero();
  }

  private float gradient(Detector student, String parameter) {
    return student.parameters().get(parameter).gradient(manager).abs().max().getFloat();
  }

  private float loss(Detector student, TeacherOutputs teacher, String method) {
    return GradientMode.recording(() -> value(student, teacher, method).getFloat());
  }

  private NDArray value(Detector student, TeacherOutputs teacher, String name) {
    return value(SPEC, student, teacher, name);
  }

  private NDArray value(DetectorSpec spec, Detector student, TeacherOutputs teacher, String name) {
    Method method = Methods.of(name);
    PriorGrid priors = Families.of(spec).priors(spec, PriorGrid.levels(SIDE, SIDE, spec.strides()));
    TrainedFamily family =
        TrainedFamilies.of(
                spec, priors, TrainedFamilies.settings(spec, null), method.needs().parts())
            .on(student, 1);
    Pairing pairing =
        new Pairing(
            priors,
            new GroundTruth.Extent(SIDE, SIDE),
            family.assigner(),
            3,
            student.featureChannels(),
            student.featureChannels(),
            0,
            1);
    Layers layers = new Layers(pairing, new ParameterBuilder(manager, 1, List.of()), "").of("term");
    return new Objective(
            family, List.of(WeightedTerm.of("loss_term", 1, method.term(pairing, layers))))
        .losses(
            student.forward(images(), Mode.TRAIN),
            List.of(teacher),
            family.targets(TRUTH),
            TrainingProgress.START)
        .byName()
        .get("loss_term");
  }

  /** What a recording of a network gives. */
  private TeacherOutputs teacher(Detector network) {
    Outputs<NDArray> outputs = GradientMode.off(() -> network.forward(images(), Mode.EVALUATE));
    Map<TensorRole, float[]> numbers = new EnumMap<>(TensorRole.class);
    Families.of(SPEC)
        .instances(SPEC)
        .keySet()
        .forEach(role -> numbers.put(role, outputs.get(role, 0).toFloatArray()));
    float[] counts = numbers.remove(TensorRole.INSTANCE_COUNT);
    Map<Integer, NDArray> features = new HashMap<>();
    outputs.get(TensorRole.FEATURES).forEach(map -> features.put(features.size(), map));
    return new TeacherOutputs(
            null, null, null, Map.of(), features, null, null, new int[0], List.of())
        .with(
            new TeacherInstances(
                12,
                new int[] {Math.round(counts[0]), Math.round(counts[1])},
                numbers,
                Families.of(SPEC).classes(),
                Families.of(SPEC).coding(SPEC).boxes(),
                3));
  }

  /** Weights that say something of every box. */
  private static Detector shaken(Detector network) {
    Random random = new Random(11);
    network
        .parameters()
        .forEach(
            parameter -> {
              float[] values = parameter.values();
              for (int i = 0; i < values.length; i++) {
                values[i] += 0.1f * (random.nextFloat() - 0.5f);
              }
              parameter.set(values);
            });
    return network;
  }

  private NDArray images() {
    Shape shape = new Shape(2, 3, SIDE, SIDE);
    Random random = new Random(3);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape);
  }
}
