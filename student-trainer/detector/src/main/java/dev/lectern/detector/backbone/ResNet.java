package dev.lectern.detector.backbone;

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
 * convolution, or in its first one. {@code width} scales every layer. With groups it is ResNeXt:
 * Xie et al. 2017 (arXiv:1611.05431), table 1.
 */
public final class ResNet implements Backbone {
  /** Pixels per cell of the first map. */
  private static final int FIRST_STRIDE = 4;

  /** Pixels per cell of the last of the four maps C2 to C5 where nothing is dilated. */
  private static final int LAST_STRIDE = 32;

  private static final int STAGES = 4;

  private static final Map<Integer, List<Integer>> BLOCKS =
      Map.of(
          18, List.of(2, 2, 2, 2),
          34, List.of(3, 4, 6, 3),
          50, List.of(3, 4, 6, 3),
          101, List.of(3, 4, 23, 3));

  /** Networks from this depth on are built of bottlenecks. */
  private static final int BOTTLENECKS_FROM = 50;

  private final ResNetStem stem;
  private final List<List<ResidualBlock>> stages = new ArrayList<>();
  private final List<Integer> channels = new ArrayList<>();
  private final List<Integer> strides = new ArrayList<>();

  /** Creates the layers of a network without groups. */
  public ResNet(ParameterBuilder parameters, int depth, int width, Norm.Settings norm) {
    this(parameters, new ResNetSettings(depth, width, norm.kind()), LAST_STRIDE);
  }

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   * @param outputStride pixels per cell of the last map; later stages are dilated instead of
   *     halving their maps further
   */
  ResNet(ParameterBuilder parameters, ResNetSettings settings, int outputStride) {
    int depth = settings.depth();
    int width = settings.width();
    Norm.Settings norm = new Norm.Settings(settings.normalization(), null);
    boolean bottlenecks = depth >= BOTTLENECKS_FROM;
    stem = new ResNetStem(parameters, settings.stemKind(), width, norm);
    int in = stem.channels();
    int cell = FIRST_STRIDE;
    int dilation = 1;
    for (int stage = 0; stage < STAGES; stage++) {
      boolean halves = stage > 0 && cell < outputStride;
      cell *= halves ? 2 : 1;
      dilation *= stage > 0 && !halves ? 2 : 1;
      int base = width << stage;
      int inner = bottlenecks ? settings.innerWidth() << stage : base;
      int out = bottlenecks ? base * BottleneckBlock.EXPANSION : base;
      List<ResidualBlock> blocks = new ArrayList<>();
      for (int block = 0; block < BLOCKS.get(depth).get(stage); block++) {
        ParameterBuilder ofBlock = parameters.at("layer" + (stage + 1)).at(block);
        int stride = halves && block == 0 ? 2 : 1;
        BottleneckBlock.Strides halving =
            settings.halvesFirst()
                ? new BottleneckBlock.Strides(stride, 1)
                : new BottleneckBlock.Strides(1, stride);
        blocks.add(
            bottlenecks
                ? new BottleneckBlock(
                    ofBlock, in, inner, out, halving, dilation, settings.groupCount(), norm)
                : new BasicBlock(ofBlock, in, out, stride, dilation, norm));
        in = out;
      }
      stages.add(blocks);
      channels.add(out);
      strides.add(cell);
    }
  }

  @Override
  public List<Integer> strides() {
    return List.copyOf(strides);
  }

  @Override
  public List<Integer> channels() {
    return List.copyOf(channels);
  }

  @Override
  public <T> List<T> apply(Operations<T> operations, T image) {
    T x = stem.apply(operations, image);
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
