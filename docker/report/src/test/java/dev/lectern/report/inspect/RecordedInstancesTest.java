package dev.lectern.report.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.Detection;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.ImageOutputs;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RecordedInstancesTest {
  private static final int SIDE = 96;
  private static final List<String> TEACHERS = List.of("cat", "dog", "cow");

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
  void aRecordedStudentOfTwoStagesFindsWhatItFinds() {
    Seen seen = seen();

    List<Detection> found = decoded(seen, List.of("cat", "dog", "cow"));

    assertThat(seen.boxes()).isNotEmpty();
    assertThat(found).isEqualTo(seen.boxes());
  }

  @Test
  void classesAreThoseOfTheDatasetInItsOrder() {
    Seen seen = seen();

    // cow, bird (which the teacher does not know), cat: labels 0 and 2 of the teacher's 2 and 0
    List<Detection> found = decoded(seen, List.of("cow", "bird", "cat"));

    List<Detection> expected = new ArrayList<>();
    for (Detection box : seen.boxes()) {
      if (box.label() != 1) {
        expected.add(
            new Detection(2 - box.label(), box.score(), box.x1(), box.y1(), box.x2(), box.y2()));
      }
    }
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(found.get(i).label()).isEqualTo(expected.get(i).label());
      assertThat(found.get(i).score()).isCloseTo(expected.get(i).score(), within(1e-5f));
      assertThat(found.get(i).x1()).isEqualTo(expected.get(i).x1());
    }
  }

  /**
   * What a teacher gave.
   *
   * @param instances as they are recorded
   * @param boxes that it finds
   */
  private record Seen(
      RecordingManifest recording, TensorContainer instances, List<Detection> boxes) {}

  private static List<Detection> decoded(Seen seen, List<String> classes) {
    Map<String, List<String>> names = new LinkedHashMap<>();
    for (String name : classes) {
      names.put("a " + name, List.of(name));
    }
    RecordedInstances recorded = new RecordedInstances(seen.recording(), names);
    return recorded.decoder().decode(recorded.of(seen.instances()), SIDE, SIDE);
  }

  private Seen seen() {
    DetectorSpec spec =
        DetectorSpec.parse(
            """
            classes: 3
            strides: [8, 16, 32]
            backbone: {width: 8}
            neck: {channels: 16}
            head: {family: faster_rcnn, channels: 16, hidden: 32, proposals: 30}
            """,
            "test");
    Detector student = shaken(Detectors.create(spec, manager, 1));
    Outputs<float[]> outputs =
        ImageOutputs.of(
                GradientMode.off(
                    () ->
                        student.forward(
                            manager.create(pixels(), new Shape(1, 3, SIDE, SIDE)), Mode.EVALUATE)))
            .get(0);
    RecordingManifest recording =
        RecordingManifest.newBuilder()
            .setName("first")
            .setState(State.SEALED)
            .setDataset("animals")
            .setTeacherId("first@0")
            .setDescriptor(new StudentExport("first", SIDE, SIDE, TEACHERS, 1).descriptor(student))
            .setEncodings(List.of(TensorEncoding.FLOAT32.of(TensorKind.INSTANCES)))
            .setExpected(1)
            .setRecorded(1)
            .setDigest("")
            .build();
    List<Tensor> tensors = new ArrayList<>();
    recording.getDescriptor().getTensors().stream()
        .filter(tensor -> tensor.getKind() == TensorKind.INSTANCES)
        .forEach(
            tensor ->
                tensors.add(
                    Tensor.of(
                        tensor.getName(),
                        outputs.get(TensorRole.of(tensor.getName()).orElseThrow(), 0),
                        tensor.getShape().stream().mapToInt(Integer::intValue).toArray())));
    return new Seen(
        recording,
        TensorContainer.open(
            ByteBuffer.wrap(new TensorWriter().write(tensors, TensorEncoding.FLOAT32))),
        DetectionDecoder.of(spec, SIDE, SIDE, DetectionDecoder.Limits.DEFAULT)
            .decode(outputs, SIDE, SIDE));
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
