package dev.lectern.teacher.model;

import com.google.protobuf.CodedInputStream;
import dev.lectern.detector.export.proto.AttributeProto;
import dev.lectern.detector.export.proto.GraphProto;
import dev.lectern.detector.export.proto.ModelProto;
import dev.lectern.detector.export.proto.NodeProto;
import dev.lectern.detector.export.proto.StringStringEntryProto;
import dev.lectern.detector.export.proto.TensorProto;
import dev.lectern.detector.export.proto.ValueInfoProto;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What an ONNX file says of its graph; weights stay where they are. */
public final class OnnxGraph {
  /** Operators that move numbers without changing them. */
  private static final Set<String> MOVES =
      Set.of(
          "Cast",
          "Concat",
          "Flatten",
          "Identity",
          "Reshape",
          "Slice",
          "Split",
          "Squeeze",
          "Transpose",
          "Unsqueeze");

  private static final Set<String> SCALINGS =
      Set.of("Add", "BatchNormalization", "Div", "Mul", "Sub");

  private static final Set<String> PROBABILITIES = Set.of("Sigmoid", "HardSigmoid", "Softmax");

  private final ModelProto model;
  private final Map<String, NodeProto> producers = new LinkedHashMap<>();

  private OnnxGraph(ModelProto model) {
    this.model = model;
    for (NodeProto node : model.getGraph().getNodeList()) {
      node.getOutputList().stream()
          .filter(name -> !name.isEmpty())
          .forEach(name -> producers.put(name, node));
    }
  }

  /**
   * @throws IOException if the bytes are not an ONNX model
   */
  public static OnnxGraph read(byte[] model) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(model);
    in.enableAliasing(true);
    ModelProto read = ModelProto.parseFrom(in);
    if (!read.hasIrVersion() || !read.hasGraph()) {
      throw new IOException("found no " + (read.hasIrVersion() ? "graph" : "ONNX version"));
    }
    return new OnnxGraph(read);
  }

  /** What must be fed: graph inputs that are not weights. */
  public Set<String> inputs() {
    Set<String> inputs = names(model.getGraph().getInputList());
    model.getGraph().getInitializerList().forEach(weight -> inputs.remove(weight.getName()));
    return inputs;
  }

  /** What the graph returns. */
  public Set<String> outputs() {
    return names(model.getGraph().getOutputList());
  }

  /** Every tensor that a node computes and that is not an output, in the order of the nodes. */
  public Set<String> inner() {
    Set<String> inner = new LinkedHashSet<>(producers.keySet());
    inner.removeAll(outputs());
    return inner;
  }

  private static Set<String> names(List<ValueInfoProto> values) {
    Set<String> names = new LinkedHashSet<>();
    values.forEach(value -> names.add(value.getName()));
    return names;
  }

  /** The node that computes a tensor; empty for inputs and weights. */
  public Optional<NodeProto> producer(String tensor) {
    return Optional.ofNullable(producers.get(tensor));
  }

  /** The nodes, in an order in which they can run. */
  public List<NodeProto> nodes() {
    return model.getGraph().getNodeList();
  }

  /** The first tensor that is normalised by the batch it is in; empty if none is. */
  Optional<String> trainingMode() {
    return model.getGraph().getNodeList().stream()
        .filter(node -> node.getOpType().equals("BatchNormalization"))
        .filter(
            node ->
                node.getAttributeList().stream()
                    .anyMatch(a -> a.getName().equals("training_mode") && a.getI() == 1))
        .map(node -> node.getOutput(0))
        .findFirst();
  }

  /** Names of the tensors that are part of the file. */
  public Set<String> weights() {
    Set<String> weights = new LinkedHashSet<>();
    model.getGraph().getInitializerList().forEach(weight -> weights.add(weight.getName()));
    return weights;
  }

  /** What the exporter noted in the file. */
  public Map<String, String> metadata() {
    Map<String, String> metadata = new HashMap<>();
    model.getMetadataPropsList().forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
    return metadata;
  }

  /** The tensor that becomes probabilities on the way to another one; empty if none does. */
  public Optional<String> logitsOf(String tensor) {
    return source(tensor)
        .filter(node -> PROBABILITIES.contains(node.getOpType()))
        .map(node -> node.getInput(0));
  }

  /** The tensor whose probabilities' logarithms another one holds; empty if there is none. */
  Optional<String> logitsOfLogarithms(String tensor) {
    return source(tensor)
        .flatMap(
            node ->
                switch (node.getOpType()) {
                  case "Log" -> logitsOf(node.getInput(0));
                  case "LogSoftmax" -> Optional.of(node.getInput(0));
                  default -> Optional.empty();
                });
  }

  /** The node that computes a tensor's numbers, perhaps in another place. */
  private Optional<NodeProto> source(String tensor) {
    NodeProto node = producers.get(tensor);
    for (int steps = 0; steps < producers.size(); steps++) {
      if (node == null || node.getInputCount() == 0) {
        return Optional.empty();
      }
      if (!MOVES.contains(node.getOpType())) {
        return Optional.of(node);
      }
      node = producers.get(node.getInput(0));
    }
    return Optional.empty();
  }

  /** Operators that scale or shift an input by constants before anything else is computed of it. */
  public List<String> scalingsOf(String input) {
    Set<String> constants = weights();
    Set<String> scaled = new HashSet<>(Set.of(input));
    List<String> operators = new ArrayList<>();
    for (NodeProto node : nodes()) {
      List<String> others = node.getInputList().stream().filter(n -> !scaled.contains(n)).toList();
      boolean isConstant = constants.containsAll(others);
      if (isConstant && others.size() == node.getInputCount()) {
        constants.addAll(node.getOutputList());
      } else if (isConstant && SCALINGS.contains(node.getOpType())) {
        operators.add(node.getOpType());
        scaled.addAll(node.getOutputList());
      } else if (isConstant && MOVES.contains(node.getOpType())) {
        scaled.addAll(node.getOutputList());
      }
    }
    return operators;
  }

  /** Files of weights, by name; relative to the folder of the model. */
  Collection<Path> weightFiles() {
    Set<Path> files = new TreeSet<>();
    collectWeightFiles(model.getGraph(), files);
    return files;
  }

  /**
   * @param file of the model
   * @throws UserMistakeException if a file of its weights is not there
   */
  public void requireWeightFiles(Path file) {
    for (Path weights : weightFiles()) {
      if (!Files.isRegularFile(file.resolveSibling(weights))) {
        throw new UserMistakeException(
            "model "
                + file
                + " keeps weights in "
                + weights
                + ", found no such file beside it: copy it there under this name");
      }
    }
  }

  private static void collectWeightFiles(GraphProto graph, Set<Path> files) {
    graph.getInitializerList().forEach(weight -> collectWeightFile(weight, files));
    for (NodeProto node : graph.getNodeList()) {
      for (AttributeProto attribute : node.getAttributeList()) {
        collectWeightFile(attribute.getT(), files);
        collectWeightFiles(attribute.getG(), files);
      }
    }
  }

  private static void collectWeightFile(TensorProto weight, Set<Path> files) {
    if (weight.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      weight.getExternalDataList().stream()
          .filter(entry -> entry.getKey().equals("location"))
          .map(StringStringEntryProto::getValue)
          .forEach(location -> files.add(Path.of(location)));
    }
  }

  /**
   * The model with inner tensors as further outputs: a second graph message is appended, which
   * protobuf merges with the first.
   */
  public static byte[] withOutputs(byte[] model, Collection<String> names) throws IOException {
    if (names.isEmpty()) {
      return model;
    }
    GraphProto.Builder graph = GraphProto.newBuilder();
    names.forEach(name -> graph.addOutputBuilder().setName(name));
    ByteArrayOutputStream out = new ByteArrayOutputStream(model.length + 64 * names.size());
    out.write(model);
    ModelProto.newBuilder().setGraph(graph).build().writeTo(out);
    return out.toByteArray();
  }
}
