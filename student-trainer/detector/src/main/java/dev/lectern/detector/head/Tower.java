package dev.lectern.detector.head;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.ArrayList;
import java.util.List;

/**
 * 3x3 convolutions, each with its normalisation and ReLU, in front of a head's prediction.
 * Parameter names are MMDetection's.
 */
public final class Tower {
  private static final double DEVIATION = 0.01;

  private final List<Convolution> convolutions = new ArrayList<>();
  private final List<Norm> norms = new ArrayList<>();
  private final boolean biased;

  /** Its convolutions have biases where no normalisation shifts what they give. */
  public Tower() {
    this(false);
  }

  private Tower(boolean biased) {
    this.biased = biased;
  }

  /** A tower whose convolutions all have biases. */
  static Tower biased() {
    return new Tower(true);
  }

  /**
   * Appends a convolution.
   *
   * @param parameters names start here
   */
  public void add(ParameterBuilder parameters, int in, int out, Norm.Settings norm) {
    ParameterBuilder convolution = parameters.at("conv");
    convolutions.add(
        new Convolution(
            convolution.normal("weight", DEVIATION, out, in, 3, 3),
            norm.shifts() && !biased ? null : convolution.constant("bias", 0, out),
            1));
    norms.add(norm.create(parameters.at(norm.isGroup() ? "gn" : "bn"), out));
  }

  /** The same size, with the last convolution's channels. */
  public <T> T apply(Operations<T> operations, T x) {
    T y = x;
    for (int i = 0; i < convolutions.size(); i++) {
      y = convolutions.get(i).apply(operations, y);
      y = operations.relu(norms.get(i).apply(operations, y));
    }
    return y;
  }

  /**
   * A 3x3 convolution with bias after a tower.
   *
   * @param parameters names start here
   * @param bias of every channel at the start
   */
  public static Convolution prediction(ParameterBuilder parameters, int in, int out, double bias) {
    return new Convolution(
        parameters.normal("weight", DEVIATION, out, in, 3, 3),
        parameters.constant("bias", bias, out),
        1);
  }
}
