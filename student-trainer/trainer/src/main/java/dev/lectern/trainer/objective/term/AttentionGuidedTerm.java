package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.convolutional.Conv2d;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.loss.AttentionGuidedLoss;
import dev.lectern.trainer.loss.AttentionGuidedLoss.Adapters;
import dev.lectern.trainer.loss.AttentionGuidedLoss.Affine;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.NonLocalBlock;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Attention-guided distillation with non-local relations, level by level. Adapters and both
 * non-local blocks, also the teacher's, are the term's own.
 */
public final class AttentionGuidedTerm implements DistillationTerm {
  private final List<Integer> levels;
  private final Map<Integer, Layers> layers = new HashMap<>();
  private final OwnLayers made;
  private final Settings settings;

  /**
   * What one level learns.
   *
   * @param feature 1x1 convolution to the teacher's channels
   * @param means of channels and positions; the official form only
   * @param student relations of the student
   * @param teacher relations of the teacher
   * @param relation 1x1 convolution from the student's relations to the teacher's
   */
  private record Layers(
      Affine feature,
      Optional<Means> means,
      NonLocalBlock student,
      NonLocalBlock teacher,
      Affine relation) {}

  private record Means(Affine channel, Affine spatial) {}

  /**
   * Weights and form.
   *
   * @param feature of the masked features
   * @param attention of channel and position means
   * @param relation of the non-local relations
   * @param temperature of the attention
   * @param variant official or paper
   */
  public record Settings(
      double feature, double attention, double relation, double temperature, Variant variant) {}

  /**
   * @param levels which levels
   */
  public AttentionGuidedTerm(List<Integer> levels, TermSite site, Settings settings) {
    this.levels = List.copyOf(levels);
    this.made = new OwnLayers(site);
    this.settings = settings;
    for (int level : levels) {
      layers.put(level, layers(level, site.geometry()));
    }
  }

  private Layers layers(int level, TermSite.Geometry geometry) {
    int ours = geometry.studentChannels();
    int theirs = geometry.teacherChannels().get(level);
    NonLocalSampling sampling =
        NonLocalSampling.of(geometry.priors().levels().get(level), settings.variant());
    return new Layers(
        made.convolution(level + ".feature", theirs, ours, 1),
        settings.variant() == Variant.PAPER
            ? Optional.empty()
            : Optional.of(
                new Means(
                    made.linear(level + ".channel", theirs, ours),
                    made.convolution(level + ".spatial", 1, 1, 3))),
        nonLocal(level + ".student", ours, sampling),
        nonLocal(level + ".teacher", theirs, sampling),
        made.convolution(level + ".relation", theirs, ours, 1));
  }

  /** Starts as the identity: the scale of its normalisation is 0. */
  private NonLocalBlock nonLocal(String name, int channels, NonLocalSampling sampling) {
    int inner = Math.max(1, channels / sampling.reduction());
    return new NonLocalBlock(
        embedding(name + ".theta", inner, channels),
        embedding(name + ".phi", inner, channels),
        embedding(name + ".g", inner, channels),
        made.normal(name + ".out.weight", NonLocalSampling.DEVIATION, channels, inner, 1, 1),
        made.constant(name + ".norm.weight", 0, channels),
        made.bias(name + ".norm", channels),
        sampling.pools());
  }

  private Affine embedding(String name, int inner, int channels) {
    return new Affine(
        made.normal(name + ".weight", NonLocalSampling.DEVIATION, inner, channels, 1, 1),
        made.bias(name, inner));
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    LevelSums.add(
        sum,
        step,
        levels,
        level -> {
          NDArray student = step.student().features().get(level);
          NDArray teacher = step.teacherFeatures(level);
          Layers own = layers.get(level);
          NDArray guided =
              own.means()
                  .map(means -> official(student, teacher, own.feature(), means))
                  .orElseGet(() -> printed(convolved(student, own.feature()), teacher));
          return guided.add(relation(student, teacher, own));
        });
  }

  private NDArray official(NDArray student, NDArray teacher, Affine feature, Means means) {
    AttentionGuidedLoss.Official losses =
        AttentionGuidedLoss.official(
            student,
            teacher,
            settings.temperature(),
            new Adapters(feature, means.channel(), means.spatial()));
    return weighed(losses.feature(), settings.feature())
        .add(weighed(losses.channel().add(losses.spatial()), settings.attention()));
  }

  private NDArray printed(NDArray adapted, NDArray teacher) {
    AttentionGuidedLoss.Printed losses =
        AttentionGuidedLoss.paper(adapted, teacher, settings.temperature());
    return weighed(losses.masked(), settings.feature())
        .add(weighed(losses.attention(), settings.attention()));
  }

  private NDArray relation(NDArray student, NDArray teacher, Layers own) {
    NDArray ours = convolved(own.student().apply(student), own.relation());
    NDArray theirs = own.teacher().apply(teacher);
    return weighed(AttentionGuidedLoss.distance(theirs, ours), settings.relation());
  }

  private static NDArray convolved(NDArray map, Affine affine) {
    return Conv2d.conv2d(map, affine.weight(), affine.bias()).singletonOrThrow();
  }

  private static NDArray weighed(NDArray value, double weight) {
    return value.mul(Constants.of(value, weight));
  }

  @Override
  public List<Parameter> learned() {
    return made.made();
  }
}
