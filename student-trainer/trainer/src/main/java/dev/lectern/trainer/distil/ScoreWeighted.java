package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.distil.network.Affine;
import dev.lectern.trainer.loss.ScoreWeightedFeatureLoss;
import java.util.List;
import java.util.function.UnaryOperator;

/** Features weighed by the teacher's best class score, after two learned 1x1 convolutions. */
@JsonTypeName("score_weighted")
@About(
    title = "features weighed by the teacher's best class score",
    paper = "the public code of Ultralytics 8.4, distill_model; no paper",
    formula =
        "weight * sum w (P(s) - t)^2 / (C sum w), summed over levels; w: largest class score of t",
    strength = "weighted mean over cells, mean over levels x 3",
    note =
        "P: 1x1 convolution to the teacher's channels, ReLU, 1x1 convolution, on every level, also"
            + " where channels agree. The published gain, 6, is the default weight")
public record ScoreWeighted(
    @Key(defaultsTo = "6", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(
            choices = {"normalised", "official"},
            meaning = Method.VARIANT)
        Reading variant,
    @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
    @JsonUnwrapped Shared shared)
    implements Method {
  @Override
  public boolean needsSigmoids() {
    return true;
  }

  @Override
  public Needs needs() {
    return Needs.all(List.of(Needs.features(), Needs.classMaps()));
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    return layers
        .mapped(levels.of(pairing), level -> projector(layers, level, pairing))
        .sum(
            (level, map, step) ->
                ScoreWeightedFeatureLoss.loss(
                    map, step.features().teacher(level), step.classMaps().teacher(level)),
            variant,
            3);
  }

  private static UnaryOperator<NDArray> projector(Layers layers, int level, Pairing pairing) {
    int out = pairing.teacherChannels().get(level);
    Affine first =
        layers.at(level + ".first").rectified(out, pairing.studentChannels().get(level), 1);
    Affine second = layers.at(level + ".second").convolution(out, out, 1);
    return x -> second.convolve(Activation.relu(first.convolve(x)));
  }
}
