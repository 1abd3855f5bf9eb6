package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.assign.FineGrainedCells;
import dev.lectern.trainer.assign.FineGrainedCells.Form;
import dev.lectern.trainer.distil.network.Affine;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.FeatureImitationLoss;
import dev.lectern.trainer.loss.FineGrainedImitationLoss;
import java.util.function.UnaryOperator;

/** Fine-grained imitation. */
@JsonTypeName("fine_grained")
@About(
    title = "fine-grained imitation as first published, and its FPN port",
    paper = "Wang et al. 2019, arXiv:1906.03609, eq. 1 and 2",
    formula = "weight / (2 cells) * sum over chosen cells and channels of (t - adapted s)^2",
    strength = "mean over cells, mean over levels with cells x 3.8",
    note =
        "adapted: 3x3 convolution and ReLU, learned with the run. own_level: each box on the"
            + " level of its size, and a mean over channels; every_level: as published for a"
            + " single map, overlaps counted in whole pixels. The region of"
            + " arXiv:2102.12252 is imitation with region fine_grained")
public record FineGrained(
    @Key(defaultsTo = "0.01", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(meaning = "which boxes a level looks at") Form boxes,
    @Key(
            choices = {"normalised", "official"},
            meaning = Method.VARIANT)
        Reading variant,
    @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
    @JsonUnwrapped Shared shared)
    implements Method {
  @Override
  public Needs needs() {
    return Needs.features(new FineGrainedCells(boxes));
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    AdaptedLevels student =
        layers.mapped(levels.of(pairing), level -> adaptation(layers, level, pairing));
    FineGrainedCells cells = new FineGrainedCells(boxes);
    return CellLevels.sum(
        student, variant, (level, step) -> step.targets().part(cells)[level], this::loss);
  }

  /** 3x3 convolution and ReLU. */
  private static UnaryOperator<NDArray> adaptation(Layers layers, int level, Pairing pairing) {
    Affine convolution =
        layers
            .at(level + ".conv")
            .rectified(
                pairing.teacherChannels().get(level), pairing.studentChannels().get(level), 3);
    return x -> Activation.relu(convolution.convolve(x));
  }

  private NDArray loss(NDArray map, NDArray teacher, boolean[] cells) {
    return boxes == Form.EVERY_LEVEL
        ? FineGrainedImitationLoss.loss(map, teacher, cells)
        : FeatureImitationLoss.loss(map, teacher, cells).mul(Constants.of(map, 0.5));
  }
}
