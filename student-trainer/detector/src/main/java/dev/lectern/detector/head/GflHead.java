package dev.lectern.detector.head;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.ArrayList;
import java.util.List;

/**
 * The head of Generalized Focal Loss: Li et al. 2020 (arXiv:2006.04388), section 3.
 *
 * <p>Two towers of 3x3 convolutions, shared by all levels, end in class logits and in the logits of
 * a distribution per box side. Each level multiplies its box logits by a factor of its own.
 * Parameter names are MMDetection's.
 */
public final class GflHead {
  private static final double DEVIATION = 0.01;

  /** Score of every class at the start: Lin et al. 2017 (arXiv:1708.02002), section 4.1. */
  private static final double PRIOR_SCORE = 0.01;

  private final List<Convolution> classTower = new ArrayList<>();
  private final List<Norm> classNorms = new ArrayList<>();
  private final List<Convolution> boxTower = new ArrayList<>();
  private final List<Norm> boxNorms = new ArrayList<>();
  private final Convolution classPrediction;
  private final Convolution boxPrediction;
  private final List<Parameter> factors = new ArrayList<>();

  /**
   * The logits of one level.
   *
   * @param cls (N, K, H, W)
   * @param dist (N, 4 B, H, W)
   */
  public record Logits<T>(T cls, T dist) {}

  /**
   * Creates the layers.
   *
   * @param name prefix of the parameters' names
   * @param in channels C of the neck's levels
   * @param channels of the towers
   * @param depth convolutions of each tower
   * @param classes K
   * @param bins B
   * @param levels number of levels
   */
  public GflHead(
      ParameterBuilder parameters,
      String name,
      int in,
      int channels,
      int depth,
      Normalization normalization,
      int classes,
      int bins,
      int levels) {
    for (int i = 0; i < depth; i++) {
      int towerIn = i == 0 ? in : channels;
      String classLayer = name + ".cls_convs." + i;
      classTower.add(towerConvolution(parameters, classLayer, towerIn, channels));
      classNorms.add(norm(parameters, classLayer, channels, normalization));
      String boxLayer = name + ".reg_convs." + i;
      boxTower.add(towerConvolution(parameters, boxLayer, towerIn, channels));
      boxNorms.add(norm(parameters, boxLayer, channels, normalization));
    }
    int out = depth == 0 ? in : channels;
    double priorLogit = -Math.log((1 - PRIOR_SCORE) / PRIOR_SCORE);
    classPrediction = prediction(parameters, name + ".gfl_cls", out, classes, priorLogit);
    boxPrediction = prediction(parameters, name + ".gfl_reg", out, 4 * bins, 0);
    for (int level = 0; level < levels; level++) {
      factors.add(parameters.constant(name + ".scales." + level + ".scale", 1, 1));
    }
  }

  private static Convolution towerConvolution(
      ParameterBuilder parameters, String name, int in, int out) {
    return new Convolution(
        parameters.normal(name + ".conv.weight", DEVIATION, out, in, 3, 3), null, 1);
  }

  private static Norm norm(
      ParameterBuilder parameters, String name, int channels, Normalization normalization) {
    String kind = normalization == Normalization.GROUP ? ".gn" : ".bn";
    return Norm.create(normalization, parameters, name + kind, channels);
  }

  private static Convolution prediction(
      ParameterBuilder parameters, String name, int in, int out, double bias) {
    return new Convolution(
        parameters.normal(name + ".weight", DEVIATION, out, in, 3, 3),
        parameters.constant(name + ".bias", bias, out),
        1);
  }

  /**
   * The logits of every level.
   *
   * @param features (N, C, H, W) per level
   */
  public <T> List<Logits<T>> apply(Operations<T> operations, List<T> features) {
    List<Logits<T>> logits = new ArrayList<>();
    for (T feature : features) {
      T cls = tower(operations, feature, classTower, classNorms);
      T dist = tower(operations, feature, boxTower, boxNorms);
      Parameter factor = factors.get(logits.size());
      logits.add(
          new Logits<>(
              classPrediction.apply(operations, cls),
              operations.scale(boxPrediction.apply(operations, dist), factor)));
    }
    return logits;
  }

  private static <T> T tower(
      Operations<T> operations, T x, List<Convolution> convolutions, List<Norm> norms) {
    for (int i = 0; i < convolutions.size(); i++) {
      x = convolutions.get(i).apply(operations, x);
      x = operations.relu(norms.get(i).apply(operations, x));
    }
    return x;
  }
}
