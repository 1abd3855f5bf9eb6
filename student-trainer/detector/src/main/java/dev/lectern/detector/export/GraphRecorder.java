package dev.lectern.detector.export;

import com.google.protobuf.ByteString;
import dev.lectern.detector.export.proto.AttributeProto;
import dev.lectern.detector.export.proto.AttributeProto.AttributeType;
import dev.lectern.detector.export.proto.GraphProto;
import dev.lectern.detector.export.proto.NodeProto;
import dev.lectern.detector.export.proto.TensorProto;
import dev.lectern.detector.export.proto.TensorShapeProto;
import dev.lectern.detector.export.proto.TypeProto;
import dev.lectern.detector.export.proto.ValueInfoProto;
import dev.lectern.detector.layer.BatchNormalization;
import dev.lectern.detector.layer.EdgeStatistics;
import dev.lectern.detector.layer.GroupNormalization;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Resampling;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.stream.LongStream;

/**
 * Records the operations of a network as nodes of an ONNX graph: operator set {@link #OPSET}, or
 * the lowest that has them all.
 *
 * <p>A value is the name of a node's output. Parameters become constants under their own names,
 * with the values of the moment they are first used.
 */
final class GraphRecorder implements Operations<String> {
  private static final int OPSET = 17;

  private static final String BATCH = "batch";

  /** The version that brought deformable convolution. */
  private static final int DEFORM_CONV_OPSET = 19;

  /** Cells along a side of a deformable kernel. */
  private static final int KERNEL = 3;

  /** The axis of a map's channels. */
  private static final int CHANNELS = 1;

  private final GraphProto.Builder graph;
  private final Set<String> constants = new HashSet<>();

  /** Rows and columns of each map. */
  private final Map<String, int[]> sizes = new HashMap<>();

  private int opset = OPSET;

  /** Images of a call; 0 for any number. */
  private final int images;

  /**
   * @param images of a call; 0 for any number
   */
  GraphRecorder(String graphName, int images) {
    graph = GraphProto.newBuilder().setName(graphName);
    this.images = images;
  }

  /**
   * Declares the input.
   *
   * @param shape channels, rows and columns, without the batch
   * @return the value
   */
  String input(String name, long... shape) {
    graph.addInput(valueInfo(name, shape));
    sizes.put(name, new int[] {(int) shape[1], (int) shape[2]});
    return name;
  }

  /**
   * Declares a value as an output under a name of its own.
   *
   * @param shape without the batch
   */
  void output(String value, String name, long... shape) {
    graph.addNode(
        NodeProto.newBuilder().setOpType("Identity").setName(name).addInput(value).addOutput(name));
    graph.addOutput(valueInfo(name, shape));
  }

  /** Version of the standard operators that the nodes recorded so far need. */
  int opset() {
    return opset;
  }

  GraphProto graph() {
    return graph.build();
  }

  @Override
  public String convolution(
      String x,
      Parameter weight,
      Parameter bias,
      int stride,
      int padding,
      int dilation,
      int groups) {
    int kernel = (int) weight.shape().get(2);
    List<String> inputs =
        bias == null ? List.of(x, constant(weight)) : List.of(x, constant(weight), constant(bias));
    List<AttributeProto> attributes = new ArrayList<>();
    attributes.add(ints("kernel_shape", kernel, kernel));
    attributes.add(ints("strides", stride, stride));
    attributes.add(ints("pads", padding, padding, padding, padding));
    if (dilation != 1) {
      attributes.add(ints("dilations", dilation, dilation));
    }
    if (groups != 1) {
      attributes.add(whole("group", groups));
    }
    String y = node("Conv", inputs, attributes.toArray(AttributeProto[]::new));
    int reach = dilation * (kernel - 1);
    return sized(y, x, size -> (size + 2 * padding - reach - 1) / stride + 1);
  }

  @Override
  public String convolutionAt(String x, String points, Parameter weight) {
    opset = Math.max(opset, DEFORM_CONV_OPSET);
    float[] grid = new float[2 * KERNEL * KERNEL];
    for (int tap = 0; tap < KERNEL * KERNEL; tap++) {
      grid[2 * tap] = tap / KERNEL - 1;
      grid[2 * tap + 1] = tap % KERNEL - 1;
    }
    String offsets =
        node("Sub", List.of(points, floats("grid", new long[] {grid.length, 1, 1}, grid)));
    return node(
        "DeformConv",
        List.of(x, constant(weight), offsets),
        ints("kernel_shape", KERNEL, KERNEL),
        ints("pads", 1, 1, 1, 1));
  }

  @Override
  public String batchNormalization(String x, BatchNormalization layer) {
    return node(
        "BatchNormalization",
        List.of(
            x,
            constant(layer.scale()),
            constant(layer.shift()),
            constant(layer.mean()),
            constant(layer.variance())),
        number("epsilon", layer.constants().epsilon()));
  }

  @Override
  public String groupNormalization(String x, int groups, Parameter scale, Parameter shift) {
    // With a group as one channel, this is instance normalisation.
    String rowPerGroup = longs("groups." + groups, 0, groups, -1);
    String asChannels = node("Reshape", List.of(x, rowPerGroup));
    String normalized =
        node(
            "InstanceNormalization",
            List.of(
                asChannels,
                filled("ones." + groups, groups, 1),
                filled("zeros." + groups, groups, 0)),
            number("epsilon", GroupNormalization.EPSILON));
    String shape = node("Shape", List.of(x));
    String asBefore = node("Reshape", List.of(normalized, shape));
    String scaled = node("Mul", List.of(asBefore, perChannel(scale)));
    return node("Add", List.of(scaled, perChannel(shift)));
  }

  @Override
  public String relu(String x) {
    return node("Relu", List.of(x));
  }

  @Override
  public String leakyRelu(String x, double slope) {
    return node("LeakyRelu", List.of(x), number("alpha", (float) slope));
  }

  @Override
  public String relu6(String x) {
    return node("Clip", List.of(x, scalar("clip.0", 0), scalar("clip.6", 6)));
  }

  @Override
  public String silu(String x) {
    return node("Mul", List.of(x, node("Sigmoid", List.of(x))));
  }

  @Override
  public String maxPool(String x, int kernel, int stride, int padding) {
    String y =
        node(
            "MaxPool",
            List.of(x),
            ints("kernel_shape", kernel, kernel),
            ints("strides", stride, stride),
            ints("pads", padding, padding, padding, padding));
    return sized(y, x, size -> (size + 2 * padding - kernel) / stride + 1);
  }

  @Override
  public String maxPoolToEnd(String x, int kernel, int stride, int padding) {
    String y =
        node(
            "MaxPool",
            List.of(x),
            ints("kernel_shape", kernel, kernel),
            ints("strides", stride, stride),
            ints("pads", padding, padding, padding, padding),
            whole("ceil_mode", 1));
    return sized(y, x, size -> pooledToEnd(size, kernel, stride, padding));
  }

  /** Windows along a side; none starts in the padding after its end. */
  private static int pooledToEnd(int size, int kernel, int stride, int padding) {
    int windows = (size + 2 * padding - kernel + stride - 1) / stride + 1;
    return (windows - 1) * stride >= size + padding ? windows - 1 : windows;
  }

  @Override
  public int rows(String x) {
    return sizes.get(x)[0];
  }

  @Override
  public int columns(String x) {
    return sizes.get(x)[1];
  }

  @Override
  public String resampled(String x, Resampling rows, Resampling columns) {
    String ofRows =
        floats(
            "rows_" + graph.getNodeCount(), new long[] {rows.count(), rows.size()}, rows.weights());
    float[] transposed = new float[columns.weights().length];
    for (int i = 0; i < transposed.length; i++) {
      transposed[i % columns.size() * columns.count() + i / columns.size()] = columns.weights()[i];
    }
    String ofColumns =
        floats(
            "columns_" + graph.getNodeCount(),
            new long[] {columns.size(), columns.count()},
            transposed);
    String y = node("MatMul", List.of(node("MatMul", List.of(ofRows, x)), ofColumns));
    sizes.put(y, new int[] {rows.count(), columns.count()});
    return y;
  }

  @Override
  public String doubled(String x) {
    String noRegion = "";
    String y =
        node(
            "Resize",
            List.of(x, noRegion, floats("double", new long[] {4}, new float[] {1, 1, 2, 2})),
            text("mode", "nearest"),
            text("coordinate_transformation_mode", "asymmetric"),
            text("nearest_mode", "floor"));
    return sized(y, x, size -> 2 * size);
  }

  @Override
  public String add(String x, String y) {
    return node("Add", List.of(x, y));
  }

  @Override
  public String scale(String x, Parameter factor) {
    return node("Mul", List.of(x, constant(factor)));
  }

  @Override
  public String sigmoid(String x) {
    return node("Sigmoid", List.of(x));
  }

  @Override
  public String exp(String x) {
    return node("Exp", List.of(x));
  }

  @Override
  public String product(String x, String y) {
    return node("Mul", List.of(x, y));
  }

  @Override
  public String edgeStatistics(String dist, int bins, int topk, EdgeStatistics statistics) {
    String perEdge = node("Reshape", List.of(dist, longs("edges." + bins, 0, 4, bins, -1)));
    String probabilities = node("Softmax", List.of(perEdge), whole("axis", 2));
    String top = node("TopK", List.of(probabilities, longs("top." + topk, topk)), whole("axis", 2));
    indicesOf(top);
    String values =
        statistics == EdgeStatistics.TOP
            ? top
            : node(
                "Concat",
                List.of(top, node("ReduceMean", List.of(top), ints("axes", 2))),
                whole("axis", 2));
    String size =
        node(
            "Slice",
            List.of(
                node("Shape", List.of(dist)), longs("rows.axis", 2), longs("beyond.columns", 4)));
    String shape = node("Concat", List.of(longs("all.channels", 0, -1), size), whole("axis", 0));
    return node("Reshape", List.of(values, shape));
  }

  @Override
  public String concat(List<String> maps) {
    return node("Concat", maps, whole("axis", CHANNELS));
  }

  @Override
  public List<String> halves(String x, int half) {
    return List.of(channels(x, 0, half), channels(x, half, 2 * half));
  }

  private String channels(String x, int from, int end) {
    return node(
        "Slice",
        List.of(
            x,
            longs("channels." + from, from),
            longs("channels." + end, end),
            longs("axis.channels", CHANNELS)));
  }

  @Override
  public String withChannels(String x, Parameter values) {
    // the sizes of the map, with the number of new channels in their place
    String shape = node("Shape", List.of(x));
    String images =
        node("Slice", List.of(shape, longs("axis.images", 0), longs("axis.channels", CHANNELS)));
    String cells = node("Slice", List.of(shape, longs("axis.rows", 2), longs("axis.end", 4)));
    String count = longs("count." + values.name(), values.shape().get(0));
    String sizes = node("Concat", List.of(images, count, cells), whole("axis", 0));
    String everywhere = node("Expand", List.of(perChannel(values), sizes));
    return concat(List.of(x, everywhere));
  }

  @Override
  public String damped(String x, double share) {
    return x;
  }

  /** Names the second output of the node that was added last. */
  String indicesOf(String top) {
    String indices = top + "_indices";
    graph.getNodeBuilder(graph.getNodeCount() - 1).addOutput(indices);
    return indices;
  }

  /** Adds a node and names its first output. */
  String node(String operator, List<String> inputs, AttributeProto... attributes) {
    String name = operator + "_" + graph.getNodeCount();
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(operator)
            .setName(name)
            .addAllInput(inputs)
            .addOutput(name)
            .addAllAttribute(Arrays.asList(attributes)));
    inputs.stream()
        .filter(sizes::containsKey)
        .findFirst()
        .ifPresent(input -> sizes.put(name, sizes.get(input)));
    return name;
  }

  /** Notes the rows and columns of a value that come of those of another. */
  private String sized(String y, String x, IntUnaryOperator side) {
    sizes.put(y, new int[] {side.applyAsInt(sizes.get(x)[0]), side.applyAsInt(sizes.get(x)[1])});
    return y;
  }

  String constant(Parameter parameter) {
    return floats(parameter.name(), parameter.shape().getShape(), parameter.values());
  }

  /** The values as (C, 1, 1), which spreads over rows and columns. */
  private String perChannel(Parameter parameter) {
    long channels = parameter.shape().get(0);
    return floats(parameter.name(), new long[] {channels, 1, 1}, parameter.values());
  }

  private String filled(String name, int count, float value) {
    float[] values = new float[count];
    Arrays.fill(values, value);
    return floats(name, new long[] {count}, values);
  }

  String floats(String name, long[] shape, float[] values) {
    ByteBuffer bytes = littleEndian(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return constant(name, TensorProto.DataType.DATA_TYPE_FLOAT, shape, bytes);
  }

  String scalar(String name, float value) {
    return floats(name, new long[] {}, new float[] {value});
  }

  /** A number in float64. */
  String real(String name, double value) {
    ByteBuffer bytes = littleEndian(Double.BYTES);
    bytes.asDoubleBuffer().put(value);
    return constant(name, TensorProto.DataType.DATA_TYPE_DOUBLE, new long[] {}, bytes);
  }

  String longs(String name, long... values) {
    ByteBuffer bytes = littleEndian(values.length * Long.BYTES);
    bytes.asLongBuffer().put(values);
    return constant(name, TensorProto.DataType.DATA_TYPE_INT64, new long[] {values.length}, bytes);
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private String constant(String name, TensorProto.DataType type, long[] shape, ByteBuffer values) {
    if (constants.add(name)) {
      graph.addInitializer(
          TensorProto.newBuilder()
              .setName(name)
              .setDataType(type.getNumber())
              .addAllDims(() -> LongStream.of(shape).iterator())
              .setRawData(ByteString.copyFrom(values)));
    }
    return name;
  }

  private ValueInfoProto valueInfo(String name, long... shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    if (images == 0) {
      dimensions.addDimBuilder().setDimParam(BATCH);
    } else {
      dimensions.addDimBuilder().setDimValue(images);
    }
    for (long size : shape) {
      dimensions.addDimBuilder().setDimValue(size);
    }
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder()
            .setElemType(TensorProto.DataType.DATA_TYPE_FLOAT.getNumber())
            .setShape(dimensions);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  static AttributeProto ints(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeType.INTS);
    LongStream.of(values).forEach(attribute::addInts);
    return attribute.build();
  }

  static AttributeProto whole(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeType.INT).setI(value).build();
  }

  static AttributeProto number(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  static AttributeProto text(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }
}
