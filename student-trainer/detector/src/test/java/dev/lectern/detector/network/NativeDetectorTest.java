package dev.lectern.detector.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.DetectorSpec.Network;
import dev.lectern.detector.backbone.ResNetSettings;
import dev.lectern.detector.family.gfl.GflHeadSettings;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.neck.FeaturePyramidSettings;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NativeDetectorTest {
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({"18, 16, 64, 64", "34, 8, 96, 64", "50, 8, 64, 128"})
  void everyLevelHasTheSizeOfItsStride(int depth, int width, int imageHeight, int imageWidth) {
    Detector detector = tiny(depth, width, Normalization.GROUP, List.of(8, 16, 32, 64, 128));

    Outputs<NDArray> outputs =
        GradientMode.off(() -> detector.forward(images(2, imageHeight, imageWidth), Mode.EVALUATE));

    for (int level = 0; level < 5; level++) {
      int stride = detector.spec().strides().get(level);
      int rows = (imageHeight + stride - 1) / stride;
      int columns = (imageWidth + stride - 1) / stride;
      assertThat(outputs.get(TensorRole.CLASS_LOGITS, level).getShape())
          .isEqualTo(new Shape(2, 3, rows, columns));
      assertThat(outputs.get(TensorRole.BOX_DISTRIBUTION, level).getShape())
          .isEqualTo(new Shape(2, 4 * 8, rows, columns));
      assertThat(outputs.get(TensorRole.FEATURES, level).getShape())
          .isEqualTo(new Shape(2, 16, rows, columns));
    }
  }

  @Test
  void levelsMayStartAtStrideFourAndEndInsideTheBackbone() {
    Detector detector = tiny(18, 8, Normalization.GROUP, List.of(4, 8, 16));

    Outputs<NDArray> outputs =
        GradientMode.off(() -> detector.forward(images(1, 48, 48), Mode.EVALUATE));

    assertThat(outputs.get(TensorRole.CLASS_LOGITS, 0).getShape())
        .isEqualTo(new Shape(1, 3, 12, 12));
    assertThat(outputs.get(TensorRole.CLASS_LOGITS, 2).getShape()).isEqualTo(new Shape(1, 3, 3, 3));
  }

  @Test
  void publishedNetworksHaveTheirPublishedNumberOfParameters() {
    // ResNet-18: 11,689,512 with torchvision's classifier of 513,000; ResNet-50: 25,557,032 with
    // 2,049,000
    assertThat(backboneValues(18)).isEqualTo(11_689_512 - 513_000);
    assertThat(backboneValues(50)).isEqualTo(25_557_032 - 2_049_000);
  }

  private long backboneValues(int depth) {
    Detector detector = tiny(depth, 64, Normalization.BATCH, List.of(8, 16, 32));
    long values =
        detector.parameters().learned().stream()
            .filter(p -> p.name().startsWith("backbone."))
            .mapToLong(p -> p.shape().size())
            .sum();
    detector.close();
    return values;
  }

  @ParameterizedTest
  @EnumSource(value = Normalization.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void theGradientReachesEveryLearnedParameter(Normalization normalization) {
    Detector detector = tiny(18, 8, normalization, List.of(8, 16, 32, 64));

    backward(detector, images(2, 64, 64));

    for (Parameter parameter : detector.parameters().learned()) {
      float[] gradient = parameter.gradient(manager).toFloatArray();
      assertThat(anyNonZero(gradient)).as(parameter.name()).isTrue();
    }
  }

  @Test
  void theGradientReachesEveryParameterOfABottleneckNetwork() {
    Detector detector = tiny(50, 8, Normalization.GROUP, List.of(8, 16, 32));

    backward(detector, images(1, 64, 64));

    for (Parameter parameter : detector.parameters().learned()) {
      float[] gradient = parameter.gradient(manager).toFloatArray();
      assertThat(anyNonZero(gradient)).as(parameter.name()).isTrue();
    }
  }

  @Test
  void clearingMakesEveryGradientZero() {
    Detector detector = tiny(18, 8, Normalization.GROUP, List.of(8, 16, 32));
    backward(detector, images(1, 64, 64));

    detector.parameters().clearGradients();

    for (Parameter parameter : detector.parameters().learned()) {
      assertThat(anyNonZero(parameter.gradient(manager).toFloatArray())).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(value = Normalization.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void aStepLeavesNothingBehindWithTheParameters(Normalization normalization) {
    Detector detector = tiny(18, 8, normalization, List.of(8, 16, 32, 64));
    NDManager owner = detector.parameters().get("backbone.conv1.weight").array().getManager();
    int before = owner.getManagedArrays().size();

    backward(detector, images(2, 64, 64));
    detector.parameters().learned().forEach(p -> p.gradient(manager));

    assertThat(owner.getManagedArrays()).hasSize(before);
  }

  @Test
  void liveBatchStatisticsMoveInTrainingOnly() {
    Detector detector = tiny(18, 8, Normalization.BATCH, List.of(8, 16, 32));
    Parameter mean = detector.parameters().get("backbone.bn1.running_mean");
    NDArray images = images(2, 64, 64);

    GradientMode.off(() -> detector.forward(images, Mode.EVALUATE));
    assertThat(anyNonZero(mean.values())).isFalse();

    GradientMode.off(() -> detector.forward(images, Mode.TRAIN));
    assertThat(anyNonZero(mean.values())).isTrue();
  }

  @Test
  void frozenBatchStatisticsNeverMove() {
    Detector detector = tiny(18, 8, Normalization.FROZEN_BATCH, List.of(8, 16, 32));

    GradientMode.off(() -> detector.forward(images(2, 64, 64), Mode.TRAIN));

    assertThat(anyNonZero(detector.parameters().get("backbone.bn1.running_mean").values()))
        .isFalse();
  }

  @Test
  void theRunningMeanTakesATenthOfTheBatch() {
    // Given the stem's output mean m of a batch, the running mean goes from 0 to 0.1 m
    Detector detector = tiny(18, 8, Normalization.BATCH, List.of(8, 16, 32));
    NDArray images = images(2, 64, 64);
    NDArray weight = detector.parameters().get("backbone.conv1.weight").array();
    float[] expected =
        GradientMode.off(
            () ->
                Conv2d.conv2d(images, weight, null, new Shape(2, 2), new Shape(3, 3))
                    .singletonOrThrow()
                    .mean(new int[] {3})
                    .mean(new int[] {2})
                    .mean(new int[] {0})
                    .mul(0.1f)
                    .toFloatArray());

    GradientMode.off(() -> detector.forward(images, Mode.TRAIN));

    float[] found = detector.parameters().get("backbone.bn1.running_mean").values();
    for (int i = 0; i < expected.length; i++) {
      assertThat(found[i]).isCloseTo(expected[i], within(1e-6f));
    }
  }

  @Test
  void frozenPrefixesDoNotLearn() {
    DetectorSpec spec =
        spec(
            18,
            8,
            Normalization.GROUP,
            List.of(8, 16, 32),
            List.of("backbone.conv1", "backbone.layer1"));

    Detector detector = Detectors.create(spec, manager, 1);

    assertThat(detector.parameters().get("backbone.layer1.0.conv1.weight").isLearned()).isFalse();
    assertThat(detector.parameters().get("backbone.layer2.0.conv1.weight").isLearned()).isTrue();
  }

  @Test
  void frozenLayersKeepTheirStatistics() {
    DetectorSpec spec =
        spec(18, 8, Normalization.BATCH, List.of(8, 16, 32), List.of("backbone.bn1"));
    Detector detector = Detectors.create(spec, manager, 1);

    GradientMode.off(() -> detector.forward(images(2, 64, 64), Mode.TRAIN));

    assertThat(anyNonZero(detector.parameters().get("backbone.bn1.running_mean").values()))
        .isFalse();
    assertThat(anyNonZero(detector.parameters().get("backbone.layer1.0.bn1.running_mean").values()))
        .isTrue();
  }

  @Test
  void onlyKernelsDecay() {
    Detector detector = tiny(18, 8, Normalization.BATCH, List.of(8, 16, 32));

    assertThat(detector.parameters().get("backbone.conv1.weight").decays()).isTrue();
    assertThat(detector.parameters().get("backbone.bn1.weight").decays()).isFalse();
    assertThat(detector.parameters().get("bbox_head.gfl_cls.bias").decays()).isFalse();
    assertThat(detector.parameters().get("bbox_head.scales.0.scale").decays()).isFalse();
  }

  @Test
  void theSeedDecidesTheStartValues() {
    Detector first = tiny(18, 8, Normalization.GROUP, List.of(8, 16, 32));
    Detector second = tiny(18, 8, Normalization.GROUP, List.of(8, 16, 32));
    Detector other = Detectors.create(first.spec(), manager, 2);

    for (Parameter parameter : first.parameters()) {
      assertThat(second.parameters().get(parameter.name()).values()).isEqualTo(parameter.values());
    }
    assertThat(other.parameters().get("backbone.conv1.weight").values())
        .isNotEqualTo(first.parameters().get("backbone.conv1.weight").values());
  }

  @Test
  void scoresStartAtOnePercent() {
    Detector detector = tiny(18, 8, Normalization.GROUP, List.of(8, 16, 32));

    Outputs<NDArray> outputs =
        GradientMode.off(() -> detector.forward(images(1, 64, 64), Mode.EVALUATE));

    for (float logit : outputs.get(TensorRole.CLASS_LOGITS, 0).toFloatArray()) {
      assertThat(1 / (1 + Math.exp(-logit))).isBetween(0.005, 0.02);
    }
  }

  @Test
  void aCanvasThatDoesNotFitIsRefused() {
    Detector detector = tiny(18, 8, Normalization.GROUP, List.of(8, 16, 32));

    assertThatThrownBy(() -> detector.forward(images(1, 64, 72), Mode.EVALUATE))
        .hasMessage(
            "images: found (1, 3, 64, 72), expected (N, 3, height, width) with height and width"
                + " multiples of 32");
  }

  @Test
  void anUnknownFrozenPrefixIsRefused() {
    DetectorSpec spec =
        spec(18, 8, Normalization.GROUP, List.of(8, 16, 32), List.of("backbone.stage1"));

    assertThatThrownBy(() -> Detectors.create(spec, manager, 1))
        .hasMessage(
            "detector: frozen: found backbone.stage1, expected the start of a parameter's name");
  }

  @Test
  void stepsOfGradientDescentLowerALoss() {
    // Given a loss that asks for score 1 everywhere
    Detector detector = tiny(18, 8, Normalization.BATCH, List.of(8, 16, 32));
    NDArray images = images(2, 64, 64);
    List<Float> losses = new ArrayList<>();

    // When
    for (int step = 0; step < 15; step++) {
      detector.parameters().clearGradients();
      losses.add(backward(detector, images));
      GradientMode.off(
          () -> {
            for (Parameter parameter : detector.parameters().learned()) {
              parameter.array().subi(parameter.gradient(manager).mul(0.01f));
            }
          });
    }

    // Then
    assertThat(losses.get(14)).isLessThan(losses.get(0) * 0.8f);
  }

  /** Sum of softplus(-class logits), mean squares of box logits' distance to 1; its value. */
  private float backward(Detector detector, NDArray images) {
    return GradientMode.recording(
        () -> {
          Outputs<NDArray> outputs = detector.forward(images, Mode.TRAIN);
          NDArray loss = manager.create(0f);
          for (int level = 0; level < outputs.get(TensorRole.CLASS_LOGITS).size(); level++) {
            loss =
                loss.add(
                    outputs.get(TensorRole.CLASS_LOGITS, level).neg().exp().add(1).log().mean());
            NDArray dist = outputs.get(TensorRole.BOX_DISTRIBUTION, level);
            loss = loss.add(dist.sub(1).square().mean());
          }
          JniUtils.backward((PtNDArray) loss, (PtNDArray) manager.create(1f), false, false);
          return loss.getFloat();
        });
  }

  private NDArray images(int count, int height, int width) {
    Shape shape = new Shape(count, 3, height, width);
    Random random = new Random(3);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape);
  }

  private Detector tiny(int depth, int width, Normalization normalization, List<Integer> strides) {
    return Detectors.create(spec(depth, width, normalization, strides, List.of()), manager, 1);
  }

  private static DetectorSpec spec(
      int depth,
      int width,
      Normalization normalization,
      List<Integer> strides,
      List<String> frozen) {
    return new DetectorSpec(
        Network.NATIVE,
        3,
        strides,
        null,
        null,
        ConfigLoader.of("", DetectorSpec.Input.class),
        new ResNetSettings(depth, width, normalization),
        new FeaturePyramidSettings(16),
        new GflHeadSettings(8, 8, 2, 16, normalization, null),
        null,
        frozen);
  }

  private static boolean anyNonZero(float[] values) {
    for (float value : values) {
      if (value != 0) {
        return true;
      }
    }
    return false;
  }
}
