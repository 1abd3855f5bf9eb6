package dev.lectern.detector.neck;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/**
 * A feature pyramid: Lin et al. 2017 (arXiv:1612.03144), section 3.
 *
 * <pre>
 *   M_top = lateral(C_top)     M_i = lateral(C_i) + doubled(M_i+1)     P_i = conv3x3(M_i)
 *   P_next = conv3x3 of stride 2 (P_last), for each extra level
 * </pre>
 *
 * <p>Parameter names are MMDetection's.
 */
public final class FeaturePyramid implements Neck {
  /** What the first of the levels beyond the backbone's maps is made of. */
  public enum ExtraLevels {
    /** A convolution of the last P (FCOS, section 3.2). */
    ON_OUTPUT,
    /** A convolution of the backbone's last map: RetinaNet, RepPoints. */
    ON_INPUT,
    /** A convolution of the last M. */
    ON_LATERAL,
    /** Every second cell of the last P, without a convolution: Faster R-CNN. */
    MAX_POOL
  }

  /** Whether a ReLU stands between extra levels. */
  public enum Between {
    NOTHING,
    RELU
  }

  private final ExtraLevels extraLevels;
  private final Between between;
  private final int levels;
  private final List<Convolution> laterals = new ArrayList<>();
  private final List<Convolution> outputs = new ArrayList<>();
  private final int channels;

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   * @param in channels of the backbone's maps, fine to coarse
   * @param channels C of every level
   * @param levels number of levels, at least as many as maps
   */
  public FeaturePyramid(
      ParameterBuilder parameters,
      List<Integer> in,
      int channels,
      int levels,
      ExtraLevels extraLevels,
      Between between) {
    this.channels = channels;
    this.levels = levels;
    this.extraLevels = extraLevels;
    this.between = between;
    for (int i = 0; i < in.size(); i++) {
      laterals.add(convolution(parameters.at("lateral_convs").at(i), in.get(i), channels, 1, 1));
    }
    int convolutions = extraLevels == ExtraLevels.MAX_POOL ? in.size() : levels;
    for (int i = 0; i < convolutions; i++) {
      boolean onInput = i == in.size() && extraLevels == ExtraLevels.ON_INPUT;
      int from = onInput ? in.get(in.size() - 1) : channels;
      int stride = i < in.size() ? 1 : 2;
      outputs.add(convolution(parameters.at("fpn_convs").at(i), from, channels, 3, stride));
    }
  }

  private static Convolution convolution(
      ParameterBuilder parameters, int in, int out, int kernel, int stride) {
    ParameterBuilder conv = parameters.at("conv");
    return new Convolution(
        conv.xavierUniform("weight", out, in, kernel, kernel),
        conv.constant("bias", 0, out),
        stride);
  }

  @Override
  public List<Integer> channels() {
    return Collections.nCopies(levels, channels);
  }

  @Override
  public <T> List<T> apply(Operations<T> operations, List<T> maps) {
    Deque<T> merged = new ArrayDeque<>();
    for (int i = maps.size() - 1; i >= 0; i--) {
      T lateral = laterals.get(i).apply(operations, maps.get(i));
      merged.addFirst(
          merged.isEmpty()
              ? lateral
              : operations.add(lateral, operations.doubled(merged.getFirst())));
    }
    List<T> outs = new ArrayList<>();
    for (T map : merged) {
      outs.add(outputs.get(outs.size()).apply(operations, map));
    }
    for (int level = maps.size(); level < levels; level++) {
      outs.add(extra(operations, level, maps, merged.getLast(), outs));
    }
    return outs;
  }

  private <T> T extra(
      Operations<T> operations, int level, List<T> maps, T lastMerged, List<T> outs) {
    T last = outs.get(level - 1);
    if (extraLevels == ExtraLevels.MAX_POOL) {
      return operations.maxPool(last, 1, 2, 0);
    }
    T source = last;
    if (level == maps.size()) {
      source =
          switch (extraLevels) {
            case ON_INPUT -> maps.get(maps.size() - 1);
            case ON_LATERAL -> lastMerged;
            default -> last;
          };
    } else if (between == Between.RELU) {
      source = operations.relu(last);
    }
    return outputs.get(level).apply(operations, source);
  }
}
