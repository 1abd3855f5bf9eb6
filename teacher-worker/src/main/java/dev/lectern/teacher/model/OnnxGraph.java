package dev.lectern.teacher.model;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The names in an ONNX file, read from its protobuf bytes without the weights.
 *
 * <p>Field numbers as the ONNX protobuf definition has them: ModelProto.graph is 7; GraphProto.node
 * is 1, initializer 5, input 11, output 12; NodeProto.output is 2; the name is 8 of TensorProto and
 * 1 of ValueInfoProto.
 *
 * @param inputs what must be fed: graph inputs that are not weights
 * @param outputs what the graph returns
 * @param inner every tensor that a node computes
 */
record OnnxGraph(Set<String> inputs, Set<String> outputs, Set<String> inner) {
  private static final int MODEL_IR_VERSION = 1;
  private static final int MODEL_GRAPH = 7;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int GRAPH_INPUT = 11;
  private static final int GRAPH_OUTPUT = 12;
  private static final int NODE_OUTPUT = 2;
  private static final int VALUE_INFO_NAME = 1;
  private static final int TENSOR_NAME = 8;

  /**
   * @throws IOException if the bytes are not an ONNX model
   */
  static OnnxGraph read(byte[] model) throws IOException {
    OnnxGraph graph =
        new OnnxGraph(new LinkedHashSet<>(), new LinkedHashSet<>(), new LinkedHashSet<>());
    Set<String> weights = new LinkedHashSet<>();
    CodedInputStream in = CodedInputStream.newInstance(model);
    in.enableAliasing(true);
    boolean hasVersion = false;
    boolean hasGraph = false;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      int field = WireFormat.getTagFieldNumber(tag);
      if (field == MODEL_GRAPH && isMessage(tag)) {
        hasGraph = true;
        graph.readGraph(in.readBytes().newCodedInput(), weights);
      } else {
        hasVersion |= field == MODEL_IR_VERSION;
        skip(in, tag);
      }
    }
    if (!hasVersion || !hasGraph) {
      throw new IOException("found no " + (hasVersion ? "graph" : "ONNX version"));
    }
    graph.inputs().removeAll(weights);
    return graph;
  }

  private void readGraph(CodedInputStream in, Set<String> weights) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      Set<String> target =
          switch (WireFormat.getTagFieldNumber(tag)) {
            case GRAPH_NODE -> inner;
            case GRAPH_INITIALIZER -> weights;
            case GRAPH_INPUT -> inputs;
            case GRAPH_OUTPUT -> outputs;
            default -> null;
          };
      if (target == null || !isMessage(tag)) {
        skip(in, tag);
      } else {
        int nameField =
            target == inner ? NODE_OUTPUT : target == weights ? TENSOR_NAME : VALUE_INFO_NAME;
        readNames(in.readBytes().newCodedInput(), nameField, target);
      }
    }
  }

  private static void readNames(CodedInputStream in, int nameField, Set<String> target)
      throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == nameField && isMessage(tag)) {
        target.add(in.readString());
      } else {
        skip(in, tag);
      }
    }
  }

  private static boolean isMessage(int tag) {
    return WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }

  private static void skip(CodedInputStream in, int tag) throws IOException {
    if (!in.skipField(tag)) {
      throw new IOException("found an unbalanced group");
    }
  }

  /**
   * The model with inner tensors as further outputs: a second graph message is appended, which
   * protobuf merges with the first.
   */
  static byte[] withOutputs(byte[] model, Collection<String> names) throws IOException {
    if (names.isEmpty()) {
      return model;
    }
    ByteArrayOutputStream graph = new ByteArrayOutputStream();
    CodedOutputStream graphOut = CodedOutputStream.newInstance(graph);
    for (String name : names) {
      ByteArrayOutputStream valueInfo = new ByteArrayOutputStream();
      CodedOutputStream valueInfoOut = CodedOutputStream.newInstance(valueInfo);
      valueInfoOut.writeString(VALUE_INFO_NAME, name);
      valueInfoOut.flush();
      graphOut.writeByteArray(GRAPH_OUTPUT, valueInfo.toByteArray());
    }
    graphOut.flush();
    ByteArrayOutputStream out = new ByteArrayOutputStream(model.length + graph.size() + 16);
    out.write(model);
    CodedOutputStream modelOut = CodedOutputStream.newInstance(out);
    modelOut.writeByteArray(MODEL_GRAPH, graph.toByteArray());
    modelOut.flush();
    return out.toByteArray();
  }
}
