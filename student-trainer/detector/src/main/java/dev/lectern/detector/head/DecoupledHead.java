package dev.lectern.detector.head;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.ArrayList;
import java.util.List;

/**
 * A head of two towers of 3x3 convolutions, shared by all levels: one ends in class logits, the
 * other in boxes (Lin et al. 2017, arXiv:1708.02002, section 4). Either may end in a quality logit,
 * too. Parameter names are MMDetection's.
 */
public final class DecoupledHead implements Head {
  /** Score of every class at the start: Lin et al. 2017 (arXiv:1708.02002), section 4.1. */
  private static final double PRIOR_SCORE = 0.01;

  /** Whether each level multiplies its box outputs by a learned factor of its own. */
  public enum Scaling {
    NONE,
    PER_LEVEL
  }

  /** What the box outputs go through in the end. */
  public enum BoxActivation {
    NONE,
    EXP,
    RELU
  }

  /** The tower that a prediction follows. */
  public enum Side {
    CLASSES,
    BOXES
  }

  /** A 3x3 convolution after a tower. */
  public record Prediction(String name, int channels) {}

  /**
   * What heads of this kind differ in.
   *
   * @param classes the class logits
   * @param boxes the box outputs
   * @param role of the box outputs
   * @param scaling of the box outputs
   * @param activation of the box outputs, after the scaling
   * @param quality a logit of each prior's quality; null for none
   * @param qualitySide where it is predicted
   */
  public record Layout(
      Prediction classes,
      Prediction boxes,
      TensorRole role,
      Scaling scaling,
      BoxActivation activation,
      Prediction quality,
      Side qualitySide) {

    /** Without quality. */
    public Layout(
        Prediction classes,
        Prediction boxes,
        TensorRole role,
        Scaling scaling,
        BoxActivation activation) {
      this(classes, boxes, role, scaling, activation, null, null);
    }

    /** Copy with a quality. */
    public Layout with(Prediction ofQuality, Side side) {
      return new Layout(classes, boxes, role, scaling, activation, ofQuality, side);
    }
  }

  private final Layout layout;
  private final Tower classTower;
  private final Tower boxTower;
  private final Convolution classPrediction;
  private final Convolution boxPrediction;
  private final Convolution qualityPrediction;
  private final List<Parameter> factors = new ArrayList<>();

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   * @param channels C of each of the neck's levels
   * @throws IllegalArgumentException if the levels differ in their channels
   */
  public DecoupledHead(
      ParameterBuilder parameters, TowerSettings towers, Layout layout, List<Integer> channels) {
    if (channels.stream().distinct().count() != 1) {
      throw new IllegalArgumentException(
          "head: found levels of " + channels + " channels, expected the same on every level");
    }
    this.layout = layout;
    this.classTower = towers.tower();
    this.boxTower = towers.tower();
    int in = channels.get(0);
    for (int i = 0; i < towers.depth(); i++) {
      towers.add(classTower, parameters.at("cls_convs"), i, in);
      towers.add(boxTower, parameters.at("reg_convs"), i, in);
    }
    double priorLogit = -Math.log((1 - PRIOR_SCORE) / PRIOR_SCORE);
    classPrediction = prediction(parameters, towers, layout.classes(), in, priorLogit);
    boxPrediction = prediction(parameters, towers, layout.boxes(), in, 0);
    qualityPrediction =
        layout.quality() == null ? null : prediction(parameters, towers, layout.quality(), in, 0);
    if (layout.scaling() == Scaling.PER_LEVEL) {
      for (int level = 0; level < channels.size(); level++) {
        factors.add(parameters.at("scales").at(level).constant("scale", 1, 1));
      }
    }
  }

  private static Convolution prediction(
      ParameterBuilder parameters, TowerSettings towers, Prediction of, int in, double bias) {
    return towers.prediction(parameters.at(of.name()), in, of.channels(), bias);
  }

  @Override
  public <T> Outputs<T> apply(Operations<T> operations, List<T> features) {
    List<T> classes = new ArrayList<>();
    List<T> boxes = new ArrayList<>();
    List<T> qualities = new ArrayList<>();
    for (T feature : features) {
      T classFeature = classTower.apply(operations, feature);
      T boxFeature = boxTower.apply(operations, feature);
      int level = classes.size();
      classes.add(classPrediction.apply(operations, classFeature));
      boxes.add(activated(operations, boxPrediction.apply(operations, boxFeature), level));
      if (qualityPrediction != null) {
        qualities.add(
            qualityPrediction.apply(
                operations, layout.qualitySide() == Side.CLASSES ? classFeature : boxFeature));
      }
    }
    return Outputs.<T>none()
        .with(TensorRole.CLASS_LOGITS, classes)
        .with(layout.role(), boxes)
        .with(TensorRole.QUALITY, qualities);
  }

  private <T> T activated(Operations<T> operations, T boxes, int level) {
    T scaled =
        layout.scaling() == Scaling.PER_LEVEL ? operations.scale(boxes, factors.get(level)) : boxes;
    return switch (layout.activation()) {
      case NONE -> scaled;
      case EXP -> operations.exp(scaled);
      case RELU -> operations.relu(scaled);
    };
  }
}
