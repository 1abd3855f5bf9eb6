package dev.lectern.detector.family.reppoints;

import static dev.lectern.detector.box.PointsDecoder.COORDINATES;

import dev.lectern.detector.head.Head;
import dev.lectern.detector.head.Tower;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.ArrayList;
import java.util.List;

/**
 * The head of RepPoints: Yang et al. 2019 (arXiv:1904.11490), section 4.
 *
 * <pre>
 *   initial points  = conv1x1(relu(conv3x3(box feature)))
 *   class logits    = conv1x1(relu(conv at the initial points(class feature)))
 *   refined points  = initial points, constant + conv1x1(relu(conv at the initial points(box feature)))
 * </pre>
 *
 * <p>Points are offsets (y, x) from the cell in strides; a share of the second stage's gradient
 * reaches the initial ones through the places of its taps. The box of nine points has their mean as
 * its centre and their deviation, times two learned factors, as half its size; the logarithms of
 * the factors follow the refined points as two more channels. Parameter names are MMDetection's.
 */
final class RepPointsHead implements Head {
  /** Score of every class at the start. */
  private static final double PRIOR_SCORE = 0.01;

  private static final double DEVIATION = 0.01;

  private final Parameter factors;
  private final Tower classTower = new Tower();
  private final Tower boxTower = new Tower();
  private final Parameter classConvolution;
  private final Convolution classPrediction;
  private final Convolution initialConvolution;
  private final Convolution initialPrediction;
  private final Parameter refinedConvolution;
  private final Convolution refinedPrediction;
  private final double gradientShare;

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   * @param in channels C of the neck's levels
   * @param classes K
   */
  RepPointsHead(ParameterBuilder parameters, RepPointsHeadSettings settings, int in, int classes) {
    factors = parameters.constant("moment_transfer", 0, 2);
    int channels = settings.channels();
    for (int i = 0; i < settings.depth(); i++) {
      int towerIn = i == 0 ? in : channels;
      classTower.add(parameters.at("cls_convs").at(i), towerIn, channels, settings.norm());
      boxTower.add(parameters.at("reg_convs").at(i), towerIn, channels, settings.norm());
    }
    int out = settings.depth() == 0 ? in : channels;
    int inner = settings.pointChannels();
    double priorLogit = -Math.log((1 - PRIOR_SCORE) / PRIOR_SCORE);
    classConvolution = weight(parameters.at("reppoints_cls_conv"), out, inner, 3);
    classPrediction = pointwise(parameters.at("reppoints_cls_out"), inner, classes, priorLogit);
    initialConvolution = Tower.prediction(parameters.at("reppoints_pts_init_conv"), out, inner, 0);
    initialPrediction = pointwise(parameters.at("reppoints_pts_init_out"), inner, COORDINATES, 0);
    refinedConvolution = weight(parameters.at("reppoints_pts_refine_conv"), out, inner, 3);
    refinedPrediction = pointwise(parameters.at("reppoints_pts_refine_out"), inner, COORDINATES, 0);
    gradientShare = settings.gradientShare();
  }

  private static Parameter weight(ParameterBuilder parameters, int in, int out, int kernel) {
    return parameters.normal("weight", DEVIATION, out, in, kernel, kernel);
  }

  private static Convolution pointwise(ParameterBuilder parameters, int in, int out, double bias) {
    return new Convolution(
        weight(parameters, in, out, 1), parameters.constant("bias", bias, out), 1);
  }

  @Override
  public <T> Outputs<T> apply(Operations<T> operations, List<T> features) {
    List<T> cls = new ArrayList<>();
    List<T> initial = new ArrayList<>();
    List<T> refined = new ArrayList<>();
    for (T feature : features) {
      T classFeature = classTower.apply(operations, feature);
      T boxFeature = boxTower.apply(operations, feature);
      T inner = operations.relu(initialConvolution.apply(operations, boxFeature));
      T points = initialPrediction.apply(operations, inner);
      T taps = operations.damped(points, gradientShare);
      T classInner =
          operations.relu(operations.convolutionAt(classFeature, taps, classConvolution));
      T boxInner = operations.relu(operations.convolutionAt(boxFeature, taps, refinedConvolution));
      T moved =
          operations.add(
              refinedPrediction.apply(operations, boxInner), operations.damped(points, 0));
      cls.add(classPrediction.apply(operations, classInner));
      initial.add(points);
      refined.add(operations.withChannels(moved, factors));
    }
    return Outputs.<T>none()
        .with(TensorRole.CLASS_LOGITS, cls)
        .with(TensorRole.INITIAL_POINTS, initial)
        .with(TensorRole.BOX_POINTS, refined);
  }
}
