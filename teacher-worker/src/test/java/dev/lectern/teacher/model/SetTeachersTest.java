package dev.lectern.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models with known queries and detections, behind a picture that changes nothing. */
class SetTeachersTest {
  private static final String INPUT =
      "input: {name: images, width: 64, height: 32, channels: rgb, mean: [0, 0, 0], std: [1, 1,"
          + " 1]}\n";

  @TempDir private Path folder;

  @Test
  void queriesOfDFineAreRecordedInPixels() throws IOException {
    // Given two queries, a distribution of three bins about each side
    GraphBuilder graph = new GraphBuilder().input("images", 1, 3, 32, 64);
    constant(graph, "pred_logits", new double[] {2, -3, -1, 4}, 1, 2, 2);
    constant(graph, "pred_boxes", new double[] {0.5, 0.5, 0.5, 0.25, 0.25, 0.5, 0.1, 0.2}, 1, 2, 4);
    double[] corners = new double[24];
    corners[13] = 7;
    constant(graph, "pred_corners", corners, 1, 2, 12);
    constant(graph, "ref_points", new double[] {0.5, 0.5, 1, 1, 0.25, 0.5, 0.5, 0.5}, 1, 2, 4);

    // When
    Map<String, float[]> recorded =
        recorded(
            graph,
            """
            name: dfine
            %sboxes: {form: distribution, bins: 3, bin-values: [-0.25, 0, 0.25], unit: sides}
            tensors:
              - {name: logits, output: pred_logits, shape: [2, 2]}
              - {name: boxes, output: pred_boxes, shape: [2, 4], conversion: rows unit-cxcywh}
              - {name: dist, output: pred_corners, shape: [2, 12]}
              - {name: references, output: ref_points, shape: [2, 4], conversion: rows unit-cxcywh}
            class-names: [cat, dog]
            batch-size: 1
            """
                .formatted(INPUT));

    // Then 0.5 of 64 and of 32 pixels is the middle, 0.5 and 0.25 wide and high
    assertThat(recorded.get("rows")).containsExactly(2);
    assertThat(recorded.get("logits")).containsExactly(2, -3, -1, 4);
    assertThat(recorded.get("boxes"))
        .containsExactly(new float[] {16, 12, 48, 20, 12.8f, 12.8f, 19.2f, 19.2f}, within(1e-5f));
    assertThat(recorded.get("references")).containsExactly(0, 0, 64, 32, 0, 8, 32, 24);
    assertThat(recorded.get("dist")[13]).isEqualTo(7);
  }

  @Test
  void detectionsEndWhereScoresDo() throws IOException {
    // Given three rows, of which the last is padding
    GraphBuilder graph = new GraphBuilder().input("images", 1, 3, 32, 64);
    constant(
        graph,
        "output0",
        new double[] {1, 2, 30, 20, 0.9, 1, 4, 5, 9, 8, 0.5, 0, 7, 7, 7, 7, 0, 1},
        1,
        3,
        6);

    Map<String, float[]> recorded =
        recorded(
            graph,
            """
            name: end2end
            %stensors:
              - {name: boxes, output: output0, shape: [4, 4], conversion: rows 0:4 xyxy}
              - {name: labels, output: output0, shape: [4], conversion: rows 5:6}
              - {name: scores, output: output0, shape: [4], conversion: rows 4:5}
              - {name: rows, output: output0, shape: [1], conversion: rows 4:5 positive}
            class-names: [cat, dog]
            batch-size: 1
            """
                .formatted(INPUT));

    // Then rows beyond the count are 0, also the one that the export never has
    assertThat(recorded.get("rows")).containsExactly(2);
    assertThat(recorded.get("boxes"))
        .containsExactly(1, 2, 30, 20, 4, 5, 9, 8, 0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(recorded.get("labels")).containsExactly(1, 0, 0, 0);
    assertThat(recorded.get("scores")).containsExactly(0.9f, 0.5f, 0, 0);
  }

  @Test
  void oneDetectionWithoutAnAxisForTheBatchIsOne() throws IOException {
    GraphBuilder detections = new GraphBuilder().input("images", 1, 3, 32, 64);
    constant(detections, "dets", new double[] {1, 2, 30, 20}, 1, 4);
    constant(detections, "classes", new double[] {1}, 1);
    constant(detections, "probabilities", new double[] {0.9}, 1);
    GraphBuilder together = new GraphBuilder().input("images", 1, 3, 32, 64);
    constant(together, "output0", new double[] {1, 2, 30, 20, 0.9, 1}, 1, 6);
    GraphBuilder columns = new GraphBuilder().input("images", 1, 3, 32, 64);
    constant(columns, "output0", new double[] {1, 2, 30, 20, 0.9, 1}, 6, 1);

    for (Map<String, float[]> recorded :
        List.of(
            recorded(
                detections,
                """
                name: three
                %stensors:
                  - {name: boxes, output: dets, shape: [3, 4], conversion: rows xyxy}
                  - {name: labels, output: classes, shape: [3]}
                  - {name: scores, output: probabilities, shape: [3]}
                class-names: [cat, dog]
                batch-size: 1
                """
                    .formatted(INPUT)),
            recorded(
                together,
                """
                name: end2end
                %stensors:
                  - {name: boxes, output: output0, shape: [3, 4], conversion: rows 0:4 xyxy}
                  - {name: labels, output: output0, shape: [3], conversion: rows 5:6}
                  - {name: scores, output: output0, shape: [3], conversion: rows 4:5}
                  - {name: rows, output: output0, shape: [1], conversion: rows 4:5 positive}
                class-names: [cat, dog]
                batch-size: 1
                """
                    .formatted(INPUT)),
            recorded(
                columns,
                """
                name: columns
                %stensors:
                  - {name: boxes, output: output0, shape: [3, 4], conversion: columns 0:4 xyxy}
                  - {name: labels, output: output0, shape: [3], conversion: columns 5:6}
                  - {name: scores, output: output0, shape: [3], conversion: columns 4:5}
                class-names: [cat, dog]
                batch-size: 1
                """
                    .formatted(INPUT)))) {
      assertThat(recorded.get("rows")).containsExactly(1);
      assertThat(recorded.get("boxes")).startsWith(1, 2, 30, 20).endsWith(0, 0, 0, 0, 0, 0, 0, 0);
      assertThat(recorded.get("labels")).containsExactly(1, 0, 0);
      assertThat(recorded.get("scores")).containsExactly(0.9f, 0, 0);
    }
  }

  /** A constant that depends on the picture in name alone. */
  private static void constant(GraphBuilder graph, String name, double[] values, long... shape) {
    graph.node("ReduceMean", name + " of picture", List.of("images"));
    graph.reshape(name + " of picture", name + " mean", 1);
    graph.node(
        "Mul",
        name + " nothing",
        List.of(name + " mean", graph.floats(name + " zero", new double[] {0}, 1)));
    graph.node(
        "Add", name, List.of(name + " nothing", graph.floats(name + " values", values, shape)));
    graph.output(name);
  }

  private Map<String, float[]> recorded(GraphBuilder graph, String yaml) throws IOException {
    Path model = Files.write(folder.resolve("model.onnx"), graph.bytes());
    TeacherDescriptor descriptor =
        DescriptorYaml.read(Files.writeString(folder.resolve("model.yaml"), yaml));
    try (Teacher teacher =
        ModelFile.open(descriptor, model, TensorLayout.kinds(descriptor), ComputeDevice.CPU, 1)) {
      TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), 1);
      teacher.infer(TeacherOutputs.floats(teacher.inputSize()), outputs);
      return outputs.view(0).values().stream()
          .flatMap(List::stream)
          .collect(Collectors.toMap(Tensor::name, Tensor::toArray));
    }
  }
}
