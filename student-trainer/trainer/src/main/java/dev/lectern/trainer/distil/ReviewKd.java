package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.distil.network.AttentionFusion;
import dev.lectern.trainer.distil.network.AttentionFusion.Fused;
import dev.lectern.trainer.distil.network.AttentionFusion.Weights;
import dev.lectern.trainer.loss.HierarchicalContextLoss;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Knowledge review: the student's levels are fused from the coarsest to the finest by learned
 * gates, and each is compared with the teacher's at several sizes.
 */
@JsonTypeName("reviewkd")
@About(
    title = "knowledge review: fused levels, compared at several sizes",
    paper = "Chen et al. 2021, arXiv:2104.09044, section 3.3",
    formula = "weight * HCL(ABF(s), t), summed over levels; HCL: mean squares, also of pools",
    strength = "mean over elements, mean over levels x 5",
    note =
        "ABF: gates learned with the run join each level with the coarser ones; they normalise"
            + " by the batch. Published weights for RetinaNet: 1 (R50), 1.2 (R18), 2"
            + " (MobileNetV2). One level alone is not fused with anything")
public record ReviewKd(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(defaultsTo = "256", min = 1, meaning = "of the fused maps, inside the learned layers")
        int channels,
    @Key(
            choices = {"normalised", "official"},
            meaning = Method.VARIANT)
        Reading variant,
    @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
    @JsonUnwrapped Shared shared)
    implements Method {
  @Override
  public Needs needs() {
    return Needs.features();
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    List<Integer> chosen = levels.of(pairing);
    int coarsest = chosen.get(chosen.size() - 1);
    Map<Integer, Weights> weights = new HashMap<>();
    for (int level : chosen) {
      weights.put(
          level,
          fusion(
              layers.at(Integer.toString(level)),
              level == coarsest,
              pairing.studentChannels().get(level),
              pairing.teacherChannels().get(level)));
    }
    Term sum =
        step -> {
          Map<Integer, NDArray> fused = fuse(chosen, weights, step);
          return Addends.perLevel(
              chosen,
              level ->
                  HierarchicalContextLoss.loss(fused.get(level), step.features().teacher(level)));
        };
    return variant == Reading.NORMALISED
        ? sum.times((double) PublishedSetting.LEVELS / chosen.size())
        : sum;
  }

  private Weights fusion(Layers layers, boolean isCoarsest, int ours, int theirs) {
    return new Weights(
        layers.at("reduce").kernel(channels, ours, 1).array(),
        layers.at("reduce.norm").norm(channels),
        isCoarsest
            ? Optional.empty()
            : Optional.of(layers.at("gate").convolution(2, 2 * channels, 1)),
        layers.at("expand").kernel(theirs, channels, 3).array(),
        layers.at("expand.norm").norm(theirs));
  }

  private static Map<Integer, NDArray> fuse(
      List<Integer> levels, Map<Integer, Weights> weights, Step step) {
    Map<Integer, NDArray> fused = new HashMap<>();
    NDArray residual = null;
    for (int i = levels.size() - 1; i >= 0; i--) {
      int level = levels.get(i);
      NDArray map = step.features().student(level);
      Fused result =
          residual == null
              ? AttentionFusion.coarsest(map, weights.get(level))
              : AttentionFusion.finer(map, residual, weights.get(level));
      residual = result.residual();
      fused.put(level, result.out());
    }
    return fused;
  }
}
