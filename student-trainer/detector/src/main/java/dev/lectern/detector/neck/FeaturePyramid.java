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
 * <p>Extra levels start from the last P, without ReLU between them. Parameter names are
 * MMDetection's.
 */
public final class FeaturePyramid implements Neck {
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
  public FeaturePyramid(ParameterBuilder parameters, List<Integer> in, int channels, int levels) {
    this.channels = channels;
    for (int i = 0; i < in.size(); i++) {
      laterals.add(convolution(parameters.at("lateral_convs").at(i), in.get(i), channels, 1, 1));
    }
    for (int i = 0; i < levels; i++) {
      int stride = i < in.size() ? 1 : 2;
      outputs.add(convolution(parameters.at("fpn_convs").at(i), channels, channels, 3, stride));
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
    return Collections.nCopies(outputs.size(), channels);
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
    List<T> levels = new ArrayList<>();
    for (T map : merged) {
      levels.add(outputs.get(levels.size()).apply(operations, map));
    }
    while (levels.size() < outputs.size()) {
      T last = levels.get(levels.size() - 1);
      levels.add(outputs.get(levels.size()).apply(operations, last));
    }
    return levels;
  }
}
