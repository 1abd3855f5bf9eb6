package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.loss.AttentionFusion.Gate;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.KnowledgeReviewLoss;
import dev.lectern.trainer.loss.KnowledgeReviewLoss.Gates;
import dev.lectern.trainer.loss.KnowledgeReviewLoss.Weights;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.AreaCells;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Knowledge review and feature decoupling, our reconstruction: the student's levels are fused from
 * the coarsest to the finest by gates over positions and channels, and compared with the teacher's
 * in boxes and outside of them apart.
 */
public final class DecoupledReviewTerm implements DistillationTerm {
  private final List<Integer> levels;
  private final List<Weights> weights = new ArrayList<>();
  private final OwnLayers layers;
  private final AreaCells region;
  private final Settings settings;

  /**
   * Numbers of the loss.
   *
   * @param channels of the fused maps, at least 2
   * @param foreground weight of cells in boxes
   * @param background weight of the others
   * @param temperature of the teacher's attention
   */
  public record Settings(int channels, double foreground, double background, double temperature) {}

  /**
   * @param levels which levels, fine to coarse
   */
  public DecoupledReviewTerm(
      List<Integer> levels, TermSite site, AreaCells region, Settings settings) {
    this.levels = List.copyOf(levels);
    this.layers = new OwnLayers(site);
    this.region = region;
    this.settings = settings;
    int coarsest = levels.get(levels.size() - 1);
    for (int level : levels) {
      weights.add(fusion(level, level == coarsest, site.geometry()));
    }
  }

  private Weights fusion(int level, boolean isCoarsest, TermSite.Geometry geometry) {
    int inner = settings.channels();
    int out = geometry.teacherChannels().get(level);
    return new Weights(
        layers.kernel(level + ".reduce.weight", inner, geometry.studentChannels(), 1),
        layers.norm(level + ".reduce.norm", inner),
        isCoarsest ? Optional.empty() : Optional.of(gates(level, inner)),
        layers.kernel(level + ".expand.weight", out, inner, 3),
        layers.norm(level + ".expand.norm", out));
  }

  private Gates gates(int level, int inner) {
    return new Gates(
        new Gate(
            layers.kernel(level + ".position.weight", 2, 2 * inner, 1),
            layers.bias(level + ".position", 2)),
        layers.linear(level + ".squeeze", inner / 2, inner),
        layers.linear(level + ".excite", inner, inner / 2));
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    List<AreaCells.Weights> masks = step.targets().part(region);
    List<NDArray> maps = levels.stream().map(step.student().features()::get).toList();
    List<NDArray> fused = KnowledgeReviewLoss.fuse(maps, weights);
    LevelSums.add(
        sum,
        step,
        levels,
        level ->
            loss(
                fused.get(levels.indexOf(level)),
                step.teacherFeatures(level),
                masks.get(level).foreground()));
  }

  private NDArray loss(NDArray fused, NDArray teacher, float[] areas) {
    float[] flags = new float[areas.length];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = areas[i] > 0 ? 1 : 0;
    }
    Shape shape = fused.getShape();
    NDArray covered =
        fused.getManager().create(flags, new Shape(shape.get(0), 1, shape.get(2), shape.get(3)));
    NDArray free = covered.neg().add(1f);
    return similarity(fused, teacher, covered, settings.foreground())
        .add(similarity(fused, teacher, free, settings.background()));
  }

  private NDArray similarity(NDArray fused, NDArray teacher, NDArray mask, double weight) {
    return KnowledgeReviewLoss.similarity(fused, teacher, mask, settings.temperature())
        .mul(Constants.of(fused, weight));
  }

  @Override
  public List<Parameter> learned() {
    return layers.made();
  }
}
