package dev.lectern.detector.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorRole;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchScriptDetectorTest {
  private static final Path MODELS =
      Path.of(System.getProperty("lectern.shared", "shared"), "data", "models", "nanodet_m_416");
  private static final Path WHOLE = MODELS.resolve("nanodet_m_416.torchscript.pt");
  private static final Path NECK = MODELS.resolve("nanodet_m_416.neck.torchscript.pt");

  @TempDir Path folder;
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static DetectorSpec whole(Path model, int bins) {
    assumeTrue(Files.isRegularFile(WHOLE), "the shared folder's NanoDet-m is absent");
    return DetectorSpec.parse(
        "network: torchscript\nclasses: 80\nbins: "
            + bins
            + "\nstrides: [8, 16, 32]\ngrid-offset: 0.5\noctave-base-scale: 5\n"
            + "script:\n  model: "
            + model
            + "\n  outputs: [cls_8, dist_8, feat_8, cls_16, dist_16, feat_16, cls_32, dist_32,"
            + " feat_32]\n",
        "test");
  }

  private static DetectorSpec neck() {
    assumeTrue(Files.isRegularFile(NECK), "the shared folder's NanoDet-m is absent");
    return DetectorSpec.parse(
        "network: torchscript_neck\nclasses: 5\nbins: 17\nstrides: [8, 16, 32]\n"
            + "head: {depth: 2, channels: 32}\nscript:\n  model: "
            + NECK
            + "\n  outputs: [feat_8, feat_16, feat_32]\n",
        "test");
  }

  private NDArray images() {
    return manager.arange(2 * 3 * 64 * 96).div(9216).sin().reshape(2, 3, 64, 96);
  }

  private void backward(Detector detector, NDArray images) {
    GradientMode.recording(
        () -> {
          Outputs<NDArray> outputs = detector.forward(images, Mode.TRAIN);
          NDArray loss = manager.create(0f);
          for (int level = 0; level < outputs.get(TensorRole.CLASS_LOGITS).size(); level++) {
            loss = loss.add(outputs.get(TensorRole.CLASS_LOGITS, level).square().sum());
            loss = loss.add(outputs.get(TensorRole.BOX_DISTRIBUTION, level).square().sum());
          }
          JniUtils.backward((PtNDArray) loss, (PtNDArray) manager.create(1f), false, false);
        });
  }

  private void assertEveryGradient(Detector detector) {
    for (Parameter parameter : detector.parameters().learned()) {
      NDArray gradient = parameter.gradient(manager);
      assertThat(gradient.getShape()).isEqualTo(parameter.shape());
      assertThat(gradient.abs().max().getFloat()).as(parameter.name()).isPositive();
    }
  }

  @Test
  void theGradientReachesAll146ParametersOfARealDetector() {
    try (Detector detector = Detectors.create(whole(WHOLE, 8), manager, 1)) {
      backward(detector, images());

      assertThat(detector.parameters().learned()).hasSize(146);
      assertEveryGradient(detector);
    }
  }

  @Test
  void levelsAreOrderedAndShapedAsTheSpecificationSays() {
    try (Detector detector = Detectors.create(whole(WHOLE, 8), manager, 1)) {
      Outputs<NDArray> outputs = GradientMode.off(() -> detector.forward(images(), Mode.EVALUATE));

      assertThat(detector.featureChannels()).containsExactly(96, 96, 96);
      assertThat(outputs.get(TensorRole.CLASS_LOGITS, 0).getShape())
          .isEqualTo(new Shape(2, 80, 8, 12));
      assertThat(outputs.get(TensorRole.BOX_DISTRIBUTION, 1).getShape())
          .isEqualTo(new Shape(2, 32, 4, 6));
      assertThat(outputs.get(TensorRole.FEATURES, 2).getShape()).isEqualTo(new Shape(2, 96, 2, 3));
    }
  }

  @Test
  void outputsEqualTheGoldenOnes() throws IOException {
    // Given the outputs that another release of PyTorch computed for a real image
    DetectorSpec spec = whole(WHOLE, 8);
    NDList input = npz(MODELS.resolve("golden_input_000000000139.npz"));
    NDList golden = npz(MODELS.resolve("golden_outputs_000000000139.npz"));

    try (Detector detector = Detectors.create(spec, manager, 1)) {
      // When
      Outputs<NDArray> outputs =
          GradientMode.off(() -> detector.forward(input.get(0), Mode.EVALUATE));

      // Then
      for (int level = 0; level < 3; level++) {
        int stride = spec.strides().get(level);
        assertClose(outputs.get(TensorRole.CLASS_LOGITS, level), golden, "cls_logits_" + stride);
        assertClose(
            outputs.get(TensorRole.BOX_DISTRIBUTION, level), golden, "dist_logits_" + stride);
        assertClose(outputs.get(TensorRole.FEATURES, level), golden, "feat_" + stride);
      }
    }
  }

  private NDList npz(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return NDList.decode(manager, in);
    }
  }

  private static void assertClose(NDArray found, NDList golden, String name) {
    NDArray expected = golden.get(name);
    assertThat(expected).as(name).isNotNull();
    assertThat(found.sub(expected).abs().max().getFloat()).as(name).isLessThan(1e-4f);
  }

  @Test
  void theGradientReachesNeckAndHead() {
    try (Detector detector = Detectors.create(neck(), manager, 1)) {
      backward(detector, images());

      assertThat(detector.parameters().byName().keySet())
          .anyMatch(name -> name.startsWith("script."))
          .contains("bbox_head.gfl_cls.weight");
      assertEveryGradient(detector);
    }
  }

  @Test
  void savedWeightsOfAScriptComeBackBitForBit() throws IOException {
    Path file = folder.resolve("n.safetensors");
    try (Detector detector = Detectors.create(neck(), manager, 1);
        Detector other = Detectors.create(neck(), manager, 2)) {
      Parameter changed = detector.parameters().learned().get(0);
      GradientMode.off(() -> changed.array().addi(1));

      Weights.save(detector, file);
      Weights.load(file, other.parameters());

      for (Parameter parameter : detector.parameters()) {
        assertThat(other.parameters().get(parameter.name()).values()).isEqualTo(parameter.values());
      }
    }
  }

  @Test
  void changedParametersChangeTheOutputsAndTheSavedModule() throws IOException {
    Path file = folder.resolve("changed.pt");
    try (TorchScriptDetector detector = new TorchScriptDetector(whole(WHOLE, 8), manager, 1)) {
      NDArray before =
          GradientMode.off(() -> detector.forward(images(), Mode.EVALUATE))
              .get(TensorRole.CLASS_LOGITS, 0);
      for (Parameter parameter : detector.parameters().learned()) {
        GradientMode.off(() -> parameter.array().muli(0.9f));
      }

      detector.saveModule(file);

      NDArray after =
          GradientMode.off(() -> detector.forward(images(), Mode.EVALUATE))
              .get(TensorRole.CLASS_LOGITS, 0);
      assertThat(after.sub(before).abs().max().getFloat()).isGreaterThan(0.01f);
      try (Detector again = Detectors.create(whole(file, 8), manager, 1)) {
        NDArray reloaded =
            GradientMode.off(() -> again.forward(images(), Mode.EVALUATE))
                .get(TensorRole.CLASS_LOGITS, 0);
        assertThat(reloaded.toFloatArray()).isEqualTo(after.toFloatArray());
      }
    }
  }

  @Test
  void anotherNumberOfBinsIsRefusedWhenTheModelIsLoaded() {
    DetectorSpec spec = whole(WHOLE, 17);

    assertThatThrownBy(() -> Detectors.create(spec, manager, 1))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("output dist_8 is (1, 32, 8, 8), expected (1, 68, 8, 8)");
  }

  @Test
  void aMissingFileIsAMistakeOfTheUser() {
    DetectorSpec spec = whole(folder.resolve("no.pt"), 8);

    assertThatThrownBy(() -> Detectors.create(spec, manager, 1))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("detector: script.model " + folder.resolve("no.pt") + ": not found");
  }

  @Test
  void aFileThatIsNoTorchScriptIsAMistakeOfTheUser() throws IOException {
    Path file = Files.writeString(folder.resolve("text.pt"), "no model");
    DetectorSpec spec = whole(file, 8);

    assertThatThrownBy(() -> Detectors.create(spec, manager, 1))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("detector: script.model " + file + ": found no TorchScript");
  }

  @Test
  void anOutputNameWithoutAStrideIsRefused() {
    assertThatThrownBy(() -> ScriptOutput.parse(List.of("cls_8", "dist"), List.of(8)))
        .hasMessage(
            "detector: script.outputs: found dist, expected cls, dist or feat, an underscore and a"
                + " stride");
  }
}
