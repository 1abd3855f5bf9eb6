package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A residual network without its classifier: He et al. 2016 (arXiv:1512.03385), table 1.
 *
 * <p>Layout and parameter names are torchvision's; the stride of a bottleneck sits in its 3x3
 * convolution. {@code width} scales every layer. With groups it is ResNeXt: Xie et al. 2017
 * (arXiv:1611.05431), table 1.
 */
public final class ResNet implements Backbone {
  /** Pixels per cell of the four maps C2 to C5. */
  private static final List<Integer> STRIDES = List.of(4, 8, 16, 32);

  private static final Map<Integer, List<Integer>> BLOCKS =
      Map.of(
          18, List.of(2, 2, 2, 2),
          34, List.of(3, 4, 6, 3),
          50, List.of(3, 4, 6, 3),
          101, List.of(3, 4, 23, 3));

  /** Networks from this depth on are built of bottlenecks. */
  private static final int BOTTLENECKS_FROM = 50;

  private final Convolution stem;
  private final Norm stemNorm;
  private final List<List<ResidualBlock>> stages = new ArrayList<>();
  private final List<Integer> channels = new ArrayList<>();

  /** Creates the layers of a network without groups. */
  public ResNet(ParameterBuilder parameters, int depth, int width, Norm.Settings norm) {
    this(parameters, depth, width, norm, 1, width);
  }

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   * @param depth 18, 34, 50 or 101
   * @param width channels of the stem
   * @param groups of the 3x3 convolutions of bottlenecks
   * @param groupWidth channels of a group in the first stage
   */
  ResNet(
      ParameterBuilder parameters,
      int depth,
      int width,
      Norm.Settings norm,
      int groups,
      int groupWidth) {
    boolean bottlenecks = depth >= BOTTLENECKS_FROM;
    stem = parameters.at("conv1").convolution(3, width, 7, 2);
    stemNorm = norm.create(parameters.at("bn1"), width);
    int in = width;
    for (int stage = 0; stage < STRIDES.size(); stage++) {
      int base = width << stage;
      int inner = bottlenecks ? groups * (groupWidth << stage) : base;
      int out = bottlenecks ? base * BottleneckBlock.EXPANSION : base;
      List<ResidualBlock> blocks = new ArrayList<>();
      for (int block = 0; block < BLOCKS.get(depth).get(stage); block++) {
        ParameterBuilder ofBlock = parameters.at("layer" + (stage + 1)).at(block);
        int stride = stage > 0 && block == 0 ? 2 : 1;
        blocks.add(
            bottlenecks
                ? new BottleneckBlock(ofBlock, in, inner, out, stride, groups, norm)
                : new BasicBlock(ofBlock, in, out, stride, norm));
        in = out;
      }
      stages.add(blocks);
      channels.add(out);
    }
  }

  @Override
  public List<Integer> strides() {
    return STRIDES;
  }

  @Override
  public List<Integer> channels() {
    return List.copyOf(channels);
  }

  @Override
  public <T> List<T> apply(Operations<T> operations, T image) {
    T x = stem.apply(operations, image);
    x = operations.relu(stemNorm.apply(operations, x));
    x = operations.maxPool(x, 3, 2, 1);
    List<T> maps = new ArrayList<>();
    for (List<ResidualBlock> stage : stages) {
      for (ResidualBlock block : stage) {
        x = block.apply(operations, x);
      }
      maps.add(x);
    }
    return maps;
  }
}
