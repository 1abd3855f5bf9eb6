package dev.lectern.detector.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Runs each operation at once on DJL arrays; results attach to the manager of the input map. */
public final class EagerOperations implements Operations<NDArray> {
  private static final ScriptOperation SILU = new ScriptOperation("torch.silu(x)", "x");

  /** By the number of groups. */
  private static final Map<Integer, ScriptOperation> GROUP_NORMALIZATIONS =
      new ConcurrentHashMap<>();

  private static final int NEAREST = 0;

  private final Mode mode;

  public EagerOperations(Mode mode) {
    this.mode = mode;
  }

  /**
   * The same images with the channels of a cell side by side in memory, attached to their manager.
   * Convolutions of such maps give such maps, and need not put them into another order first.
   */
  public static NDArray channelsLast(NDArray images) {
    Shape shape = images.getShape();
    try (NDManager scope = images.getManager().newSubManager()) {
      NDArray rows = images.transpose(0, 2, 3, 1);
      rows.attach(scope);
      NDArray copy = rows.flatten(); // in the order of the view
      copy.attach(scope);
      NDArray last = copy.reshape(shape.get(0), shape.get(2), shape.get(3), shape.get(1));
      last.attach(scope);
      NDArray result = last.transpose(0, 3, 1, 2);
      result.attach(images.getManager());
      return result;
    }
  }

  @Override
  public NDArray convolution(
      NDArray x,
      Parameter weight,
      Parameter bias,
      int stride,
      int padding,
      int dilation,
      int groups) {
    if (stride > 1 && padding == 0 && weight.array().getShape().get(2) == 1) {
      // Of fewer than 16 channels, channels last, oneDNN writes behind its buffer in backward
      // (uxlfoundation/oneDNN#6035), so the cells that such a convolution reads are picked first.
      return convolution(maxPool(x, 1, stride, 0), weight, bias, 1, padding, dilation, groups);
    }
    return Conv2d.conv2d(
            x,
            weight.array(),
            bias == null ? null : bias.array(),
            new Shape(stride, stride),
            new Shape(padding, padding),
            new Shape(dilation, dilation),
            groups)
        .singletonOrThrow();
  }

  @Override
  public NDArray convolutionAt(NDArray x, NDArray points, Parameter weight) {
    return DeformableConvolution.apply(x, points, weight.array());
  }

  @Override
  public NDArray batchNormalization(NDArray x, BatchNormalization layer) {
    boolean fromBatch =
        mode == Mode.TRAIN
            && layer.statistics() == BatchNormalization.Statistics.OF_THE_BATCH
            && x.size() > x.getShape().get(1); // one value per channel has no variance
    return BatchNorm.batchNorm(
            x,
            layer.mean().array(),
            layer.variance().array(),
            layer.scale().array(),
            layer.shift().array(),
            1,
            layer.constants().keep(),
            layer.constants().epsilon(),
            fromBatch)
        .singletonOrThrow();
  }

  @Override
  public NDArray groupNormalization(NDArray x, int groups, Parameter scale, Parameter shift) {
    return GROUP_NORMALIZATIONS
        .computeIfAbsent(groups, EagerOperations::groupNormalization)
        .apply(x, scale.array(), shift.array());
  }

  private static ScriptOperation groupNormalization(int groups) {
    return new ScriptOperation(
        "torch.group_norm(x, " + groups + ", scale, shift, " + GroupNormalization.EPSILON + ")",
        "x",
        "scale",
        "shift");
  }

  @Override
  public NDArray relu(NDArray x) {
    return x.getNDArrayInternal().relu();
  }

  @Override
  public NDArray leakyRelu(NDArray x, double slope) {
    return x.getNDArrayInternal().leakyRelu((float) slope);
  }

  @Override
  public NDArray relu6(NDArray x) {
    return x.clip(0, 6);
  }

  @Override
  public NDArray silu(NDArray x) {
    return SILU.apply(x);
  }

  @Override
  public NDArray maxPool(NDArray x, int kernel, int stride, int padding) {
    return Pool.maxPool2d(
        x,
        new Shape(kernel, kernel),
        new Shape(stride, stride),
        new Shape(padding, padding),
        false);
  }

  @Override
  public NDArray maxPoolToEnd(NDArray x, int kernel, int stride, int padding) {
    return Pool.maxPool2d(
        x, new Shape(kernel, kernel), new Shape(stride, stride), new Shape(padding, padding), true);
  }

  @Override
  public int rows(NDArray x) {
    return (int) x.getShape().get(2);
  }

  @Override
  public int columns(NDArray x) {
    return (int) x.getShape().get(3);
  }

  @Override
  public NDArray resampled(NDArray x, Resampling rows, Resampling columns) {
    NDArray ofRows = constant(x, rows.weights()).reshape(rows.count(), rows.size());
    NDArray ofColumns = constant(x, columns.weights()).reshape(columns.count(), columns.size());
    return ofRows.matMul(x).matMul(ofColumns.transpose());
  }

  @Override
  public NDArray doubled(NDArray x) {
    long rows = x.getShape().get(2);
    long columns = x.getShape().get(3);
    return x.getNDArrayInternal().interpolation(new long[] {2 * rows, 2 * columns}, NEAREST, false);
  }

  @Override
  public NDArray add(NDArray sum, NDArray x) {
    return sum.addi(x);
  }

  @Override
  public NDArray scale(NDArray x, Parameter factor) {
    return x.mul(factor.array());
  }

  @Override
  public NDArray sigmoid(NDArray x) {
    return x.getNDArrayInternal().sigmoid();
  }

  @Override
  public NDArray exp(NDArray x) {
    return x.exp();
  }

  @Override
  public NDArray product(NDArray x, NDArray y) {
    return x.mul(y);
  }

  @Override
  public NDArray edgeStatistics(NDArray dist, int bins, int topk, EdgeStatistics statistics) {
    Shape shape = dist.getShape();
    NDArray probabilities =
        dist.reshape(shape.get(0), 4, bins, shape.get(2) * shape.get(3)).softmax(2);
    NDArray top = probabilities.transpose(0, 1, 3, 2).topK(topk, 3, true, true).get(0);
    NDArray values =
        statistics == EdgeStatistics.TOP
            ? top
            : NDArrays.concat(new NDList(top, top.mean(new int[] {3}, true)), 3);
    return values.transpose(0, 1, 3, 2).reshape(shape.get(0), -1, shape.get(2), shape.get(3));
  }

  @Override
  public NDArray concat(List<NDArray> maps) {
    return NDArrays.concat(new NDList(maps), 1);
  }

  @Override
  public List<NDArray> halves(NDArray x, int half) {
    return x.split(new long[] {half}, 1);
  }

  @Override
  public NDArray withChannels(NDArray x, Parameter values) {
    Shape shape = x.getShape();
    long channels = values.shape().get(0);
    NDArray view = values.array().reshape(1, channels, 1, 1);
    view.attach(x.getManager());
    Shape everywhere = new Shape(shape.get(0), channels, shape.get(2), shape.get(3));
    return x.concat(view.broadcast(everywhere), 1);
  }

  @Override
  public NDArray damped(NDArray x, double share) {
    NDArray constant = x.stopGradient();
    if (share == 0) {
      return constant;
    }
    return constant.mul(constant(x, (float) (1 - share))).add(x.mul(constant(x, (float) share)));
  }

  /**
   * Numbers that backward may read when nobody else holds them: DJL leaves those that it is given
   * in Java's memory, and frees those that it makes of a plain number at once.
   */
  private static NDArray constant(NDArray neighbour, float... values) {
    try (NDArray given = neighbour.getManager().create(values)) {
      return given.duplicate();
    }
  }
}
