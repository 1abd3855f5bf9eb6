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
 * and 16, and for stride 32 what the last 1x1 convolution gives.
 */
public final class MobileNetV2 implements Backbone {
  private static final List<Integer> STRIDES = List.of(4, 8, 16, 32);

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

  private static final int STEM = 32;
  private static final int LAST = 1280;

  private final Activated stem;
  private final List<List<InvertedResidual>> stages = new ArrayList<>();
  private final Activated last;
  private final List<Integer> channels = new ArrayList<>();

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   * @param width channels of the stem
   */
  MobileNetV2(ParameterBuilder parameters, int width, Norm.Settings norm) {
    ParameterBuilder features = parameters.at("features");
    double factor = (double) width / STEM;
    stem = new Activated(features.at(0), 3, width, 3, 2, 1, norm);
    int in = width;
    int index = 1;
    for (int s = 0; s < STAGES.length; s++) {
      int out = wholeEights(STAGES[s][1] * factor);
      List<InvertedResidual> blocks = new ArrayList<>();
      for (int b = 0; b < STAGES[s][2]; b++) {
        int stride = b == 0 ? STAGES[s][3] : 1;
        blocks.add(new InvertedResidual(features.at(index++), in, out, stride, STAGES[s][0], norm));
        in = out;
      }
      stages.add(blocks);
      if (MAPS.contains(s)) {
        channels.add(out);
      }
    }
    int out = wholeEights(LAST * Math.max(1, factor));
    last = new Activated(features.at(index), in, out, 1, 1, 1, norm);
    channels.add(out);
  }

  /** The nearest multiple of 8 that is not more than a tenth less. */
  private static int wholeEights(double channels) {
    int nearest = Math.max(8, (int) (channels + 4) / 8 * 8);
    return nearest < 0.9 * channels ? nearest + 8 : nearest;
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
    List<T> maps = new ArrayList<>();
    for (int s = 0; s < stages.size(); s++) {
      for (InvertedResidual block : stages.get(s)) {
        x = block.apply(operations, x);
      }
      if (MAPS.contains(s)) {
        maps.add(x);
      }
    }
    maps.add(last.apply(operations, x));
    return maps;
  }
}
