package dev.lectern.detector.export;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorRole;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InstanceGraphTest {
  private static final int SIDE = 160;
  private static final List<TensorRole> OUTPUTS =
      List.of(
          TensorRole.INSTANCE_COUNT,
          TensorRole.INSTANCE_BOXES,
          TensorRole.INSTANCE_OBJECTNESS,
          TensorRole.INSTANCE_LOGITS,
          TensorRole.INSTANCE_DELTAS);

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4  | 300 | proposals: 300, candidates: 200",
        "4  | 40  | proposals: 40, sampling: 2, roi-stride: 16, roi-size: 3",
        "16 | 50  | proposals: 50, class-agnostic: true, roi-stride: 16, depth: 2",
        "8  | 30  | proposals: 30, min-side: 60",
        // no box is long enough
        "8  | 20  | proposals: 20, min-side: 500"
      })
  void onnxRuntimeComputesBothStages(int finest, int rows, String head) throws Exception {
    DetectorSpec spec =
        DetectorSpec.parse(
            """
            classes: 3
            strides: [%d, %d, %d]
            backbone: {depth: 18, width: 8}
            neck: {channels: 16}
            head: {family: faster_rcnn, channels: 16, hidden: 32, %s}
            """
                .formatted(finest, 2 * finest, 4 * finest, head),
            head);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector detector = shaken(Detectors.create(spec, manager, 7))) {
      float[] pixels = pixels();
      NDArray image = manager.create(pixels, new Shape(1, 3, SIDE, SIDE));
      Outputs<NDArray> expected = GradientMode.off(() -> detector.forward(image, Mode.EVALUATE));
      Path file =
          new StudentExport("s", SIDE, SIDE, List.of("a", "b", "c"), 8).write(detector, folder);

      try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString());
          OnnxTensor input =
              OnnxTensor.createTensor(
                  OrtEnvironment.getEnvironment(),
                  FloatBuffer.wrap(pixels),
                  new long[] {1, 3, SIDE, SIDE});
          OrtSession.Result found = session.run(Map.of("image", input))) {
        for (TensorRole role : OUTPUTS) {
          assertSame(role, (OnnxTensor) found.get(role.prefix()).orElseThrow(), expected);
        }
      }
      float count = expected.get(TensorRole.INSTANCE_COUNT, 0).getFloat();
      assertThat(count).isLessThanOrEqualTo(rows);
      assertThat(count == 0).isEqualTo(head.endsWith("500"));
      assertThat(DescriptorYaml.read(folder.resolve("s.yaml")).getBatchSize()).isEqualTo(1);
    }
  }

  private static void assertSame(TensorRole role, OnnxTensor tensor, Outputs<NDArray> outputs)
      throws Exception {
    NDArray expected = outputs.get(role, 0);
    assertThat(tensor.getInfo().getShape())
        .as(role.prefix())
        .isEqualTo(expected.getShape().getShape());
    float[] values = new float[(int) expected.size()];
    tensor.getFloatBuffer().get(values);
    float[] reference = expected.toFloatArray();
    float largest = 0;
    float difference = 0;
    for (int i = 0; i < values.length; i++) {
      largest = Math.max(largest, Math.abs(reference[i]));
      difference = Math.max(difference, Math.abs(values[i] - reference[i]));
    }
    assertThat(difference).as(role.prefix()).isLessThanOrEqualTo(1e-4f * largest);
  }

  /** A network whose every parameter and statistic counts. */
  private static Detector shaken(Detector detector) {
    Random random = new Random(11);
    for (Parameter parameter : detector.parameters()) {
      float[] values = parameter.values();
      for (int i = 0; i < values.length; i++) {
        values[i] += 0.05f * (random.nextFloat() - 0.4f);
      }
      parameter.set(values);
    }
    return detector;
  }

  private static float[] pixels() {
    Random random = new Random(3);
    float[] values = new float[3 * SIDE * SIDE];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
