package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.AttentionFusion;
import dev.lectern.trainer.loss.AttentionFusion.Fused;
import dev.lectern.trainer.loss.AttentionFusion.Gate;
import dev.lectern.trainer.loss.AttentionFusion.Weights;
import dev.lectern.trainer.loss.HierarchicalContextLoss;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
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
    note =
        "ABF: gates learned with the run join each level with the coarser ones; they normalise"
            + " by the batch. Published weights for RetinaNet: 1 (R50), 1.2 (R18), 2"
            + " (MobileNetV2). One level alone is not fused with anything")
public record ReviewKd(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(defaultsTo = "256", min = 1, meaning = "of the fused maps, inside the learned layers")
        int channels,
    @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
    @JsonUnwrapped Shared shared)
    implements Method {
  @Override
  public TermNeeds needs() {
    return TermNeeds.features();
  }

  @Override
  public DistillationTerm term(TermSite site) {
    OwnLayers layers = new OwnLayers(site);
    List<Integer> chosen = levels.of(site);
    int coarsest = chosen.get(chosen.size() - 1);
    Map<Integer, Weights> weights = new HashMap<>();
    for (int level : chosen) {
      weights.put(level, fusion(layers, level, level == coarsest, site.geometry()));
    }
    return DistillationTerm.learning(
        layers.made(),
        (sum, step) -> {
          Map<Integer, NDArray> fused = fuse(chosen, weights, step);
          LevelSums.add(
              sum,
              step,
              chosen,
              level -> HierarchicalContextLoss.loss(fused.get(level), step.teacherFeatures(level)));
        });
  }

  private Weights fusion(
      OwnLayers layers, int level, boolean isCoarsest, TermSite.Geometry geometry) {
    int out = geometry.teacherChannels().get(level);
    return new Weights(
        layers.kernel(level + ".reduce.weight", channels, geometry.studentChannels(), 1),
        layers.norm(level + ".reduce.norm", channels),
        isCoarsest ? Optional.empty() : Optional.of(gate(layers, level)),
        layers.kernel(level + ".expand.weight", out, channels, 3),
        layers.norm(level + ".expand.norm", out));
  }

  private Gate gate(OwnLayers layers, int level) {
    return new Gate(
        layers.kernel(level + ".gate.weight", 2, 2 * channels, 1), layers.bias(level + ".gate", 2));
  }

  private static Map<Integer, NDArray> fuse(
      List<Integer> levels, Map<Integer, Weights> weights, TermStep step) {
    Map<Integer, NDArray> fused = new HashMap<>();
    NDArray residual = null;
    for (int i = levels.size() - 1; i >= 0; i--) {
      int level = levels.get(i);
      NDArray map = step.student().features().get(level);
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
