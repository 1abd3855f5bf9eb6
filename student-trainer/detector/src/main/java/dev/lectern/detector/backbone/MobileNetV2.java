package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.ArrayList;
import java.util.List;

/**
 * MobileNetV2 without its classifier: Sandler et al. 2018 (arXiv:1801.04381), table 2.
 *
 * <p>Layout and parameter names are torchvision's. Its maps are the last ones of the strides 4, 8
 * and 16, and for stride 32 what the last 1x1 convolution gives. Where it is dilated, the last
 * convolution is left out.
 */
public final class MobileNetV2 implements Backbone {
  private static final int FIRST_STRIDE = 2;
  private static final int LAST_STRIDE = 32;

  /** Expansion, channels at a stem of 32, blocks, stride of the first block. */
  private static final int[][] STAGES = {
    {1, 16, 1, 1},
    {6, 24, 2, 2},
    {6, 32, 3, 2},
    {6, 64, 4, 2},
    {6, 96, 3, 1},
    {6, 160, 3, 2},
    {6, 320, 1, 1}
  };

  /** Stages whose last block gives a map. */
  private static final List<Integer> MAPS = List.of(1, 2, 4);

  private static final int LAST = 1280;

  private final Activated stem;
  private final List<List<InvertedResidual>> stages = new ArrayList<>();
  private final Activated last;
  private final List<Integer> channels = new ArrayList<>();
  private final List<Integer> strides = new ArrayList<>();

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   */
  static MobileNetV2 create(ParameterBuilder parameters, MobileNetV2Settings settings) {
    return new MobileNetV2(parameters, settings, LAST_STRIDE, true);
  }

  /**
   * Creates the layers of one that keeps its maps at a stride.
   *
   * @param parameters names start here
   * @param outputStride pixels per cell of the last map
   */
  static MobileNetV2 dilated(
      ParameterBuilder parameters, MobileNetV2Settings settings, int outputStride) {
    return new MobileNetV2(parameters, settings, outputStride, false);
  }

  private MobileNetV2(
      ParameterBuilder features, MobileNetV2Settings settings, int outputStride, boolean widens) {
    Norm.Settings norm = new Norm.Settings(settings.normalization(), null);
    int in = settings.width();
    stem = new Activated(features.at(0), 3, in, 3, 2, 1, 1, norm);
    int index = 1;
    int cell = FIRST_STRIDE;
    int dilation = 1;
    for (int s = 0; s < STAGES.length; s++) {
      int out = settings.channels(STAGES[s][1]);
      boolean halves = STAGES[s][3] == 2 && cell < outputStride;
      cell *= halves ? 2 : 1;
      int before = dilation;
      dilation *= STAGES[s][3] == 2 && !halves ? 2 : 1;
      List<InvertedResidual> blocks = new ArrayList<>();
      for (int b = 0; b < STAGES[s][2]; b++) {
        int stride = halves && b == 0 ? 2 : 1;
        blocks.add(
            new InvertedResidual(
                features.at(index++),
                in,
                out,
                stride,
                b == 0 ? before : dilation,
                STAGES[s][0],
                norm));
        in = out;
      }
      stages.add(blocks);
      if (MAPS.contains(s)) {
        channels.add(out);
        strides.add(cell);
      }
    }
    int out = settings.lastChannels(LAST);
    last = widens ? new Activated(features.at(index), in, out, 1, 1, 1, 1, norm) : null;
    channels.add(widens ? out : in);
    strides.add(cell);
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
    for (int s = 0; s < stages.size(); s++) {
      for (InvertedResidual block : stages.get(s)) {
        x = block.apply(operations, x);
      }
      if (MAPS.contains(s)) {
        maps.add(x);
      }
    }
    maps.add(last == null ? x : last.apply(operations, x));
    return maps;
  }
}
