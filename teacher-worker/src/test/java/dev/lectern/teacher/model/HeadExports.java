package dev.lectern.teacher.model;

import dev.lectern.schemas.descriptor.Conversion;
import dev.lectern.schemas.record.ExtraInput;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Models with the outputs, or inner tensors, that something expects; their numbers mean nothing.
 */
public final class HeadExports {
  private HeadExports() {}

  /** A model that fits a descriptor: every output is computed from the picture. */
  public static byte[] fitting(TeacherDescriptor teacher) {
    long batch = teacher.getBatchSize() == 1 ? 1 : -1;
    GraphBuilder graph =
        new GraphBuilder()
            .input(
                teacher.getInputName(),
                batch,
                3,
                teacher.getInputHeight(),
                teacher.getInputWidth());
    for (ExtraInput input : teacher.getExtraInputs()) {
      graph.input(input.getName(), input.getShape().stream().mapToLong(d -> d).toArray());
    }
    graph.node("GlobalAveragePool", "mean of picture", List.of(teacher.getInputName()));
    Map<String, RecordedTensor> outputs = new LinkedHashMap<>();
    teacher.getTensors().stream()
        .filter(tensor -> !tensor.getName().equals("rows"))
        .forEach(tensor -> outputs.putIfAbsent(tensor.getOutput(), tensor));
    outputs.forEach((name, tensor) -> output(graph, teacher, tensor));
    return graph.bytes();
  }

  private static void output(GraphBuilder graph, TeacherDescriptor teacher, RecordedTensor tensor) {
    String name = tensor.getOutput();
    long[] shape = OutputConversion.of(teacher, tensor).expected(1).get(0);
    boolean last =
        switch (Conversion.of(tensor).layout()) {
          case ROWS, PIXELS -> true;
          case MAPS, COLUMNS -> false;
        };
    int channels = (int) shape[last ? shape.length - 1 : 1];
    long[] single = new long[shape.length];
    java.util.Arrays.fill(single, 1);
    single[0] = 0;
    single[last ? shape.length - 1 : 1] = channels;
    graph.convolution("mean of picture", name + " of mean", 3, channels, 1, 1, 0);
    String point = graph.reshape(name + " of mean", name + " once", single);
    boolean probability =
        teacher.getTensors().stream()
            .anyMatch(
                t ->
                    t.getOutput().equals(name)
                        && Conversion.of(t).numbers() == Conversion.Numbers.LOGIT);
    if (probability) {
      point = graph.node("Sigmoid", name + " probability", List.of(point));
    }
    graph.node("Expand", name, List.of(point, graph.longs(name + " shape", shape)));
    graph.output(name);
  }

  /**
   * A detector with convolutions of these names at the end, on strides 8, 16 and 32 of a picture of
   * 64 pixels; only their means are outputs.
   *
   * @param channels by name, {@code %d} in a name is the level
   */
  public static GraphBuilder convolutions(Map<String, Integer> channels) {
    GraphBuilder graph = new GraphBuilder().input("image", 1, 3, 64, 64);
    String features = "image";
    for (int level = 0; level < 3; level++) {
      features =
          graph.convolution(
              features, "neck." + level, level == 0 ? 3 : 8, 8, 3, level == 0 ? 8 : 2);
      for (Map.Entry<String, Integer> convolution : channels.entrySet()) {
        String name = convolution.getKey().replace("%d", "" + level);
        graph.convolution(features, name, 8, convolution.getValue(), 1, 1, -1);
        String mean = graph.node("GlobalAveragePool", "mean of " + name, List.of(name));
        graph.output(mean);
      }
    }
    return graph;
  }
}
