package dev.lectern.trainer.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.Detection;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.ImageOutputs;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.objective.Losses;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A whole tiny network against the executed reference implementation (each {@code case.json} names
 * it): outputs, detections, losses and gradients.
 */
class GoldenNetworkTest {
  private static final Path CASES =
      Path.of(System.getProperty("lectern.shared", "shared")).resolve("golden-networks");

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void gflEqualsTheReference() throws IOException {
    Path folder = CASES.resolve("gfl_tiny_01");
    assumeTrue(Files.isDirectory(folder), "no golden networks");
    JsonNode expected = new ObjectMapper().readTree(folder.resolve("case.json").toFile());
    DetectorSpec spec =
        DetectorSpec.parse(
            """
            classes: 4
            backbone: {depth: 18, width: 8, normalization: frozen_batch}
            neck: {channels: 64}
            head: {bins: 17, channels: 64, groups: 32}
            frozen: [backbone.conv1, backbone.bn1, backbone.layer1]
            """,
            "gfl_tiny_01");
    try (Detector detector = Detectors.create(spec, manager, 0)) {
      setWeights(detector, folder.resolve("weights.safetensors"));
      NDArray images = array(folder, "images");

      Outputs<NDArray> outputs = GradientMode.recording(() -> detector.forward(images, Mode.TRAIN));
      checkOutputs(folder, expected, outputs);
      checkDetections(folder, expected, spec, outputs);
      checkLosses(folder, expected, detector, outputs);
    }
  }

  private void checkOutputs(Path folder, JsonNode expected, Outputs<NDArray> outputs)
      throws IOException {
    Map<String, TensorRole> roles =
        Map.of(
            "cls", TensorRole.CLASS_LOGITS,
            "dist", TensorRole.BOX_DISTRIBUTION,
            "fpn", TensorRole.FEATURES);
    for (Map.Entry<String, TensorRole> role : roles.entrySet()) {
      for (int level = 0; level < 5; level++) {
        String name = role.getKey() + "_l" + level;
        NDArray reference = array(folder, "out_" + name);
        float difference =
            outputs.get(role.getValue(), level).sub(reference).abs().max().getFloat();
        assertThat((double) difference)
            .as(name)
            .isLessThanOrEqualTo(
                expected.path("expected").path("tensors").path(name).path("tol_abs").asDouble());
        double largest = reference.abs().max().getFloat();
        assertThat(difference / largest)
            .as("relative " + name)
            .isLessThanOrEqualTo(role.getKey().equals("fpn") ? 3e-5 : 1e-5);
      }
    }
  }

  private void checkDetections(
      Path folder, JsonNode expected, DetectorSpec spec, Outputs<NDArray> outputs)
      throws IOException {
    List<Outputs<float[]>> images = ImageOutputs.of(outputs);
    DetectionDecoder decoder = DetectionDecoder.of(spec, 128, 160, DetectionDecoder.Limits.DEFAULT);
    JsonNode valid = expected.path("hyperparameters").path("valid_hw");
    JsonNode tensors = expected.path("expected").path("tensors");
    for (int n = 0; n < images.size(); n++) {
      List<Detection> found =
          decoder.decode(
              images.get(n), valid.get(n).get(1).floatValue(), valid.get(n).get(0).floatValue());
      float[] boxes = array(folder, "out_det_boxes_img" + n).toFloatArray();
      float[] scores = array(folder, "out_det_scores_img" + n).toFloatArray();
      long[] labels = array(folder, "out_det_labels_img" + n).toLongArray();
      assertThat(found).hasSize(scores.length);
      double boxTolerance = tensors.path("det_boxes_img" + n).path("tol_abs").asDouble();
      double scoreTolerance = tensors.path("det_scores_img" + n).path("tol_abs").asDouble();
      for (int i = 0; i < scores.length; i++) {
        Detection one = found.get(i);
        assertThat(one.label()).isEqualTo((int) labels[i]);
        assertThat((double) one.score()).isCloseTo(scores[i], within(scoreTolerance));
        double[] sides = {one.x1(), one.y1(), one.x2(), one.y2()};
        for (int e = 0; e < 4; e++) {
          assertThat(sides[e]).isCloseTo(boxes[4 * i + e], within(boxTolerance));
        }
      }
    }
  }

  private void checkLosses(
      Path folder, JsonNode expected, Detector detector, Outputs<NDArray> outputs)
      throws IOException {
    DetectorSpec spec = detector.spec();
    PriorGrid priors = Families.of(spec).priors(spec, PriorGrid.levels(128, 160, spec.strides()));
    TrainedFamily family =
        TrainedFamilies.of(spec, priors, TrainedFamilies.settings(spec, null), List.of());
    List<GroundTruth> truth = List.of(truth(folder, 0), truth(folder, 1));
    Losses losses =
        GradientMode.recording(
            () -> {
              Losses computed =
                  new Objective(family, List.of())
                      .losses(outputs, List.of(), family.targets(truth), TrainingProgress.START);
              NDArray total = computed.total();
              JniUtils.backward((PtNDArray) total, (PtNDArray) total.onesLike(), false, false);
              return computed;
            });
    JsonNode scalars = expected.path("expected").path("scalars");
    losses
        .toFloats()
        .forEach(
            (name, value) ->
                assertThat((double) value)
                    .as(name)
                    .isCloseTo(
                        scalars.path(name).path("value").asDouble(),
                        within(scalars.path(name).path("tol_abs").asDouble())));
    JsonNode norms = expected.path("expected").path("gradient_norms").path("parameters");
    assertThat(norms.properties()).hasSizeGreaterThan(100);
    for (Map.Entry<String, JsonNode> entry : norms.properties()) {
      Parameter parameter = detector.parameters().get(entry.getKey());
      JsonNode norm = entry.getValue();
      assertThat(parameter.isLearned()).as(entry.getKey()).isEqualTo(!norm.path("value").isNull());
      if (parameter.isLearned()) {
        assertThat((double) parameter.gradient(manager).norm().getFloat())
            .as(entry.getKey())
            .isCloseTo(norm.path("value").asDouble(), within(norm.path("tol_abs").asDouble()));
      }
    }
  }

  private GroundTruth truth(Path folder, int image) throws IOException {
    long[] labels = array(folder, "gt_labels_img" + image).toLongArray();
    return new GroundTruth(
        array(folder, "gt_boxes_img" + image).toFloatArray(),
        IntStream.range(0, labels.length).map(i -> (int) labels[i]).toArray());
  }

  private NDArray array(Path folder, String name) throws IOException {
    try (InputStream in = Files.newInputStream(folder.resolve(name + ".npy"))) {
      return NDList.decode(manager, in).singletonOrThrow();
    }
  }

  /** Sets every parameter by its published name; counters of batches are no parameters here. */
  private static void setWeights(Detector detector, Path file) throws IOException {
    ByteBuffer bytes;
    try (FileChannel channel = FileChannel.open(file)) {
      bytes =
          channel
              .map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
              .order(ByteOrder.LITTLE_ENDIAN);
    }
    byte[] header = new byte[(int) bytes.getLong()];
    bytes.get(header);
    JsonNode entries = new ObjectMapper().readTree(new String(header, StandardCharsets.UTF_8));
    ByteBuffer data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    for (Parameter parameter : detector.parameters()) {
      JsonNode entry = entries.path(parameter.name());
      float[] values = new float[(int) parameter.shape().size()];
      data.position(entry.path("data_offsets").get(0).asInt());
      data.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
      parameter.set(values);
    }
  }
}
