package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.assign.AreaCells;
import dev.lectern.trainer.distil.network.Affine;
import dev.lectern.trainer.distil.network.ContextBlock;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.FocalGlobalLoss;
import java.util.HashMap;
import java.util.Map;

/** Focal and global distillation, level by level, with two context blocks of its own on each. */
@JsonTypeName("fgd")
@About(
    title = "focal and global distillation",
    paper = "Yang et al. 2022, arXiv:2111.11837, eq. 3 to 13",
    formula =
        "weight * (w_fg sum_fg A (s-t)^2 + w_bg likewise + w_a |A_s - A_t|"
            + " + w_r (GC(s) - GC(t))^2) / N, summed over levels",
    strength = "mean object x 7.2, mean channel x 256, mean cell x 4460, mean over levels x 5",
    note =
        "A: the teacher's attention; GC: a global context block, one learned on each side."
            + " Published weights are those of RetinaNet; FCOS 1.6e-3, 8e-4, 8e-4,"
            + " 8e-6 with temperature 0.8; two-stage 5e-5, 2.5e-5, 5e-5, 5e-7. Padding counts"
            + " as background")
public record Fgd(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(defaultsTo = "0.5", above = 0, meaning = Method.TEMPERATURE) double temperature,
    @Key(defaultsTo = "1e-3", min = 0, meaning = "w_fg") double foregroundWeight,
    @Key(defaultsTo = "5e-4", min = 0, meaning = "w_bg") double backgroundWeight,
    @Key(defaultsTo = "5e-4", min = 0, meaning = "w_a") double attentionWeight,
    @Key(defaultsTo = "5e-6", min = 0, meaning = "w_r") double relationWeight,
    @Key(
            choices = {"normalised", "official"},
            meaning = Method.VARIANT)
        Reading variant,
    @JsonUnwrapped FeatureLevels features,
    @JsonUnwrapped Shared shared)
    implements OnFeatures.Equal {
  private static final AreaCells AREAS = new AreaCells();

  /** What one level learns. */
  private record Contexts(ContextBlock student, ContextBlock teacher) {}

  @Override
  public Needs needs() {
    return Needs.features(AREAS);
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    AdaptedLevels student = features.equal(pairing, layers);
    Map<Integer, Contexts> contexts = new HashMap<>();
    for (int level : student.levels()) {
      int channels = pairing.teacherChannels().get(level);
      contexts.put(
          level,
          new Contexts(
              context(layers.at(level + ".student"), channels),
              context(layers.at(level + ".teacher"), channels)));
    }
    return student.sum(
        (level, map, step) -> loss(level, map, contexts.get(level), step),
        variant,
        PublishedSetting.LEVELS);
  }

  /** Starts as the identity: the expanding convolution is 0. */
  private static ContextBlock context(Layers layers, int channels) {
    int inner = Math.max(1, channels / 2);
    Layers norm = layers.at("norm");
    Layers expand = layers.at("expand");
    return new ContextBlock(
        layers.at("mask").convolution(1, channels, 1),
        layers.at("reduce").convolution(inner, channels, 1),
        norm.constant("weight", 1, inner, 1, 1).array(),
        norm.constant("bias", 0, inner, 1, 1).array(),
        new Affine(
            expand.constant("weight", 0, channels, inner, 1, 1).array(),
            expand.bias(channels).array()));
  }

  private NDArray loss(int level, NDArray map, Contexts contexts, Step step) {
    AreaCells.Weights areas = step.targets().part(AREAS).get(level);
    Shape shape = map.getShape();
    Shape cells = new Shape(shape.get(0), 1, shape.get(2), shape.get(3));
    FocalGlobalLoss.Parts parts =
        FocalGlobalLoss.losses(
            map,
            step.features().teacher(level),
            step.manager().create(areas.foreground(), cells),
            step.manager().create(areas.background(), cells),
            temperature,
            contexts.student()::apply,
            contexts.teacher()::apply);
    if (variant == Reading.NORMALISED) {
      return normalised(map, parts, sum(areas.foreground()) / shape.get(0));
    }
    return Constants.times(parts.foreground(), foregroundWeight)
        .add(Constants.times(parts.background(), backgroundWeight))
        .add(Constants.times(parts.attention(), attentionWeight))
        .add(Constants.times(parts.relation(), relationWeight));
  }

  /**
   * Per object, mean channel and mean cell.
   *
   * @param objects of an image: the weights of each object's cells add up to 1
   */
  private NDArray normalised(NDArray map, FocalGlobalLoss.Parts parts, double objects) {
    double perChannel = PublishedSetting.CHANNELS / MapSize.channels(map);
    double perCell = PublishedSetting.CELLS / MapSize.cells(map);
    double perObject = objects == 0 ? 0 : PublishedSetting.OBJECTS / objects;
    return Constants.times(parts.foreground(), foregroundWeight * perChannel * perObject)
        .add(Constants.times(parts.background(), backgroundWeight * perChannel))
        .add(Constants.times(parts.channelAttention(), attentionWeight * perChannel))
        .add(Constants.times(parts.spatialAttention(), attentionWeight * perCell))
        .add(Constants.times(parts.relation(), relationWeight * perChannel * perCell));
  }

  private static double sum(float[] weights) {
    double sum = 0;
    for (float weight : weights) {
      sum += weight;
    }
    return sum;
  }
}
