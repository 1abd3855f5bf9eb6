package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.FocalGlobalLoss;
import dev.lectern.trainer.loss.FocalGlobalLoss.ContextBlock;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LevelAdapter;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.AreaCells;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Focal and global distillation, level by level, with two context blocks of its own on each. */
public final class FocalGlobalTerm implements DistillationTerm {
  private final AdaptedLevels student;
  private final Map<Integer, Blocks> blocks = new HashMap<>();
  private final OwnLayers layers;
  private final AreaCells region;
  private final Settings settings;

  private record Blocks(ContextBlock student, ContextBlock teacher) {}

  /**
   * Weights of the four losses.
   *
   * @param foreground of cells in boxes
   * @param background of the others
   * @param attention of the attention itself
   * @param relation of the global context
   * @param temperature of the attention
   */
  public record Settings(
      double foreground,
      double background,
      double attention,
      double relation,
      double temperature) {}

  /**
   * @param adapters one for each level that is compared
   */
  public FocalGlobalTerm(
      List<LevelAdapter> adapters, TermSite site, AreaCells region, Settings settings) {
    this.student = new AdaptedLevels(adapters);
    this.layers = new OwnLayers(site);
    this.region = region;
    this.settings = settings;
    for (int level : student.levels()) {
      int channels = site.geometry().teacherChannels().get(level);
      blocks.put(
          level,
          new Blocks(context(level + ".student", channels), context(level + ".teacher", channels)));
    }
  }

  /** Starts as the identity: the expanding convolution is 0. */
  private ContextBlock context(String name, int channels) {
    int inner = Math.max(1, channels / 2);
    return new ContextBlock(
        layers.kernel(name + ".mask.weight", 1, channels, 1),
        layers.bias(name + ".mask", 1),
        layers.kernel(name + ".reduce.weight", inner, channels, 1),
        layers.bias(name + ".reduce", inner),
        layers.constant(name + ".norm.weight", 1, inner, 1, 1),
        layers.constant(name + ".norm.bias", 0, inner, 1, 1),
        layers.constant(name + ".expand.weight", 0, channels, inner, 1, 1),
        layers.bias(name + ".expand", channels));
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    List<AreaCells.Weights> masks = step.targets().part(region);
    student.addTo(sum, step, (level, map) -> loss(level, map, masks.get(level), step));
  }

  private NDArray loss(int level, NDArray map, AreaCells.Weights masks, TermStep step) {
    Shape shape = map.getShape();
    Shape cells = new Shape(shape.get(0), 1, shape.get(2), shape.get(3));
    FocalGlobalLoss.Parts parts =
        FocalGlobalLoss.losses(
            map,
            step.teacherFeatures(level),
            step.manager().create(masks.foreground(), cells),
            step.manager().create(masks.background(), cells),
            settings.temperature(),
            blocks.get(level).student(),
            blocks.get(level).teacher());
    return weighed(parts.foreground(), settings.foreground())
        .add(weighed(parts.background(), settings.background()))
        .add(weighed(parts.attention(), settings.attention()))
        .add(weighed(parts.relation(), settings.relation()));
  }

  private static NDArray weighed(NDArray value, double weight) {
    return value.mul(Constants.of(value, weight));
  }

  @Override
  public List<Parameter> learned() {
    List<Parameter> learned = new ArrayList<>();
    Stream.of(student.learned(), layers.made()).forEach(learned::addAll);
    return learned;
  }
}
