package dev.lectern.detector.family.gfl;

import dev.lectern.detector.head.Head;
import dev.lectern.detector.head.Tower;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.ArrayList;
import java.util.List;

/**
 * The head of Generalized Focal Loss: Li et al. 2020 (arXiv:2006.04388), section 3.
 *
 * <p>Two towers of 3x3 convolutions, shared by all levels, end in class logits and in the logits of
 * a distribution per box side. Each level multiplies its box logits by a factor of its own.
 * Parameter names are MMDetection's.
 */
final class GflHead implements Head {
  /** Score of every class at the start: Lin et al. 2017 (arXiv:1708.02002), section 4.1. */
  private static final double PRIOR_SCORE = 0.01;

  private final Tower classTower = new Tower();
  private final Tower boxTower = new Tower();
  private final Convolution classPrediction;
  private final Convolution boxPrediction;
  private final List<Parameter> factors = new ArrayList<>();

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   * @param in channels C of the neck's levels
   * @param classes K
   * @param levels number of levels
   */
  GflHead(ParameterBuilder parameters, GflHeadSettings settings, int in, int classes, int levels) {
    Norm.Settings norm = settings.norm();
    int channels = settings.channels();
    for (int i = 0; i < settings.depth(); i++) {
      int towerIn = i == 0 ? in : channels;
      classTower.add(parameters.at("cls_convs").at(i), towerIn, channels, norm);
      boxTower.add(parameters.at("reg_convs").at(i), towerIn, channels, norm);
    }
    int out = settings.depth() == 0 ? in : channels;
    double priorLogit = -Math.log((1 - PRIOR_SCORE) / PRIOR_SCORE);
    classPrediction = Tower.prediction(parameters.at("gfl_cls"), out, classes, priorLogit);
    boxPrediction = Tower.prediction(parameters.at("gfl_reg"), out, 4 * settings.bins(), 0);
    for (int level = 0; level < levels; level++) {
      factors.add(parameters.at("scales").at(level).constant("scale", 1, 1));
    }
  }

  @Override
  public <T> Outputs<T> apply(Operations<T> operations, List<T> features) {
    List<T> cls = new ArrayList<>();
    List<T> dist = new ArrayList<>();
    for (T feature : features) {
      T classFeature = classTower.apply(operations, feature);
      T boxFeature = boxTower.apply(operations, feature);
      Parameter factor = factors.get(cls.size());
      cls.add(classPrediction.apply(operations, classFeature));
      dist.add(operations.scale(boxPrediction.apply(operations, boxFeature), factor));
    }
    return Outputs.<T>none()
        .with(TensorRole.CLASS_LOGITS, cls)
        .with(TensorRole.BOX_DISTRIBUTION, dist);
  }
}
