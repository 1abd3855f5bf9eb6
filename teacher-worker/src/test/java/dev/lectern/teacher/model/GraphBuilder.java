package dev.lectern.teacher.model;

import com.google.protobuf.ByteString;
import dev.lectern.detector.export.proto.AttributeProto;
import dev.lectern.detector.export.proto.AttributeProto.AttributeType;
import dev.lectern.detector.export.proto.GraphProto;
import dev.lectern.detector.export.proto.ModelProto;
import dev.lectern.detector.export.proto.NodeProto;
import dev.lectern.detector.export.proto.OperatorSetIdProto;
import dev.lectern.detector.export.proto.StringStringEntryProto;
import dev.lectern.detector.export.proto.TensorProto;
import dev.lectern.detector.export.proto.TensorShapeProto;
import dev.lectern.detector.export.proto.TypeProto;
import dev.lectern.detector.export.proto.ValueInfoProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/** Writes small ONNX models node by node; weights come from a seed and their name. */
public final class GraphBuilder {
  private static final int FLOAT = TensorProto.DataType.DATA_TYPE_FLOAT.getNumber();
  private static final int HALF = 10;
  private static final int INT64 = TensorProto.DataType.DATA_TYPE_INT64.getNumber();

  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
  private final ModelProto.Builder model =
      ModelProto.newBuilder()
          .setIrVersion(8)
          .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(13));

  /** An input; -1 is the batch. */
  public GraphBuilder input(String name, long... shape) {
    graph.addInput(value(name, shape));
    return this;
  }

  /** An input of one number in float16. */
  public GraphBuilder half(String name) {
    ValueInfoProto.Builder value = value(name, 1).toBuilder();
    value.getTypeBuilder().getTensorTypeBuilder().setElemType(HALF);
    graph.addInput(value);
    return this;
  }

  /** An input that takes a sequence of tensors, which is field 4 of a type. */
  public GraphBuilder sequence(String name) throws IOException {
    TypeProto type = TypeProto.parseFrom(new byte[] {0x22, 6, 0x0A, 4, 0x0A, 2, 8, 1});
    graph.addInput(ValueInfoProto.newBuilder().setName(name).setType(type));
    return this;
  }

  public GraphBuilder output(String name) {
    graph.addOutput(value(name));
    return this;
  }

  public GraphBuilder metadata(String key, String value) {
    model.addMetadataProps(StringStringEntryProto.newBuilder().setKey(key).setValue(value));
    return this;
  }

  /** A node with one output. */
  public String node(String operator, String output, List<String> in, AttributeProto... more) {
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(operator)
            .setName("node of " + output)
            .addAllInput(in)
            .addOutput(output)
            .addAllAttribute(Arrays.asList(more)));
    return output;
  }

  /** A convolution with a bias, both random. */
  public String convolution(String in, String out, int from, int to, int kernel, int stride) {
    return convolution(in, out, from, to, kernel, stride, 0);
  }

  public String convolution(
      String in, String out, int from, int to, int kernel, int stride, double bias) {
    SplittableRandom random = new SplittableRandom(out.hashCode());
    double scale = Math.sqrt(3.0 / (from * kernel * kernel));
    String weight =
        floats(
            out + ".weight",
            random.doubles((long) to * from * kernel * kernel, -scale, scale).toArray(),
            to,
            from,
            kernel,
            kernel);
    String shift = floats(out + ".bias", random.doubles(to, bias - 0.5, bias + 0.5).toArray(), to);
    int pad = kernel / 2;
    return node(
        "Conv",
        out,
        List.of(in, weight, shift),
        ints("strides", stride, stride),
        ints("pads", pad, pad, pad, pad));
  }

  public String reshape(String in, String out, long... shape) {
    return node("Reshape", out, List.of(in, longs(out + ".shape", shape)));
  }

  public String transpose(String in, String out, long... order) {
    return node("Transpose", out, List.of(in), ints("perm", order));
  }

  public String concat(String out, int axis, List<String> in) {
    return node("Concat", out, in, integer("axis", axis));
  }

  public String slice(String in, String out, int axis, int from, int to) {
    return node(
        "Slice",
        out,
        List.of(
            in, longs(out + ".from", from), longs(out + ".to", to), longs(out + ".axis", axis)));
  }

  /** A constant; returns its name. */
  public String floats(String name, double[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(values).forEach(v -> bytes.putFloat((float) v));
    return constant(name, FLOAT, bytes.flip(), shape);
  }

  public String longs(String name, long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(values).forEach(bytes::putLong);
    return constant(name, INT64, bytes.flip(), values.length);
  }

  private String constant(String name, int type, ByteBuffer bytes, long... shape) {
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type)
            .addAllDims(() -> LongStream.of(shape).iterator())
            .setRawData(ByteString.copyFrom(bytes)));
    return name;
  }

  public static AttributeProto ints(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeType.INTS);
    LongStream.of(values).forEach(attribute::addInts);
    return attribute.build();
  }

  public static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeType.INT).setI(value).build();
  }

  private static ValueInfoProto value(String name, long... shape) {
    TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder().setElemType(FLOAT);
    if (shape.length > 0) {
      TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
      for (long d : shape) {
        if (d < 0) {
          dimensions.addDimBuilder().setDimParam("N");
        } else {
          dimensions.addDimBuilder().setDimValue(d);
        }
      }
      tensor.setShape(dimensions);
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  public ModelProto model() {
    return model.setGraph(graph).build();
  }

  public byte[] bytes() {
    return model().toByteArray();
  }
}
