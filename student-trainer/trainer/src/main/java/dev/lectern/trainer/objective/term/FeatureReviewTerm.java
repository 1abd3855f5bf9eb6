package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.loss.AttentionFusion;
import dev.lectern.trainer.loss.AttentionFusion.Fused;
import dev.lectern.trainer.loss.AttentionFusion.Gate;
import dev.lectern.trainer.loss.AttentionFusion.Weights;
import dev.lectern.trainer.loss.HierarchicalContextLoss;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LossTerm;
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
public final class FeatureReviewTerm implements DistillationTerm {
  private final List<Integer> levels;
  private final Map<Integer, Weights> weights = new HashMap<>();
  private final OwnLayers layers;

  /**
   * @param levels which levels, fine to coarse
   * @param channels of the fused maps
   */
  public FeatureReviewTerm(List<Integer> levels, TermSite site, int channels) {
    this.levels = List.copyOf(levels);
    this.layers = new OwnLayers(site);
    int coarsest = levels.get(levels.size() - 1);
    for (int level : levels) {
      weights.put(level, fusion(level, level == coarsest, channels, site.geometry()));
    }
  }

  private Weights fusion(int level, boolean isCoarsest, int inner, TermSite.Geometry geometry) {
    int out = geometry.teacherChannels().get(level);
    return new Weights(
        layers.kernel(level + ".reduce.weight", inner, geometry.studentChannels(), 1),
        layers.norm(level + ".reduce.norm", inner),
        isCoarsest ? Optional.empty() : Optional.of(gate(level, inner)),
        layers.kernel(level + ".expand.weight", out, inner, 3),
        layers.norm(level + ".expand.norm", out));
  }

  private Gate gate(int level, int inner) {
    return new Gate(
        layers.kernel(level + ".gate.weight", 2, 2 * inner, 1), layers.bias(level + ".gate", 2));
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    Map<Integer, NDArray> fused = fuse(step);
    LevelSums.add(
        sum,
        step,
        levels,
        level -> HierarchicalContextLoss.loss(fused.get(level), step.teacherFeatures(level)));
  }

  private Map<Integer, NDArray> fuse(TermStep step) {
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

  @Override
  public List<Parameter> learned() {
    return layers.made();
  }
}
