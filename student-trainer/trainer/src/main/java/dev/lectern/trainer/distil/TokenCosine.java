package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.distil.network.Affine;
import dev.lectern.trainer.distil.network.BilinearResize;
import dev.lectern.trainer.loss.TokenCosineLoss;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The student's levels, resampled to the grid of a foundation model's tokens. */
@JsonTypeName("token_cosine")
@About(
    title = "cosine to the tokens of a foundation model",
    paper = "as AM-RADIO compares spatial features: Ranzinger et al. 2024, arXiv:2312.06709",
    formula = "weight * mean over tokens of 1 - cos(P(s), t), summed over levels",
    strength = "mean over tokens, mean over levels",
    note =
        "t: the teacher's fpn.0, of any stride; s: a level of the student, resized bilinearly to"
            + " the tokens' grid; P: a learned 1x1 convolution. The default weight is ours")
public record TokenCosine(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(
            choices = {"normalised", "official"},
            meaning = Method.VARIANT)
        Reading variant,
    @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
    @JsonUnwrapped Shared shared)
    implements Method {
  @Override
  public Needs needs() {
    return Needs.finestFeatures();
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    List<Integer> chosen = levels.of(pairing);
    Map<Integer, Affine> projections = new HashMap<>();
    for (int level : chosen) {
      projections.put(
          level,
          layers
              .at(Integer.toString(level))
              .convolution(pairing.tokenChannels(), pairing.studentChannels().get(level), 1));
    }
    Term sum =
        step -> {
          NDArray tokens = step.tokens().teacher();
          return Addends.perLevel(
              chosen,
              level ->
                  TokenCosineLoss.loss(
                      projections
                          .get(level)
                          .convolve(onGrid(step.tokens().student().get(level), tokens)),
                      tokens));
        };
    return variant == Reading.NORMALISED ? sum.times(1.0 / chosen.size()) : sum;
  }

  private static NDArray onGrid(NDArray map, NDArray tokens) {
    Shape grid = tokens.getShape();
    return BilinearResize.resize(map, (int) grid.get(2), (int) grid.get(3));
  }
}
