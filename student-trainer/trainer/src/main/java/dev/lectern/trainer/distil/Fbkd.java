package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.convolutional.Conv2d;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.AttentionGuidedLoss;
import dev.lectern.trainer.loss.AttentionGuidedLoss.Adapters;
import dev.lectern.trainer.loss.AttentionGuidedLoss.Affine;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.NonLocalBlock;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Attention-guided distillation with non-local relations, level by level. Adapters and both
 * non-local blocks, also the teacher's, are its own.
 */
@JsonTypeName("fbkd")
@About(
    title = "attention-guided features and non-local relations",
    paper = "Zhang and Ma 2021 (ICLR), Improve object detection with feature-based distillation",
    formula =
        "weight * (w_f sqrt(sum M (s-t)^2) + w_a (|mean_c| + |mean_hw|)"
            + " + w_r |NL(s) - NL(t)|), summed over levels",
    note =
        "M: attention of both networks; NL: non-local blocks, one learned on each side; norms"
            + " run over the whole batch. official compares means of features behind learned"
            + " maps, paper means of magnitudes. Weights are those of the public code for"
            + " two-stage detectors; the paper's for one-stage are 4e-4, 2e-2, 4e-4")
public record Fbkd(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(defaultsTo = "0.5", above = 0, meaning = Method.TEMPERATURE) double temperature,
    @Key(meaning = Method.VARIANT) Variant variant,
    @Key(defaultsTo = "7e-5", min = 0, meaning = "w_f") double featureWeight,
    @Key(defaultsTo = "4e-3", min = 0, meaning = "w_a") double attentionWeight,
    @Key(defaultsTo = "7e-5", min = 0, meaning = "w_r") double relationWeight,
    @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
    @JsonUnwrapped Shared shared)
    implements Method {
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

  @Override
  public TermNeeds needs() {
    return TermNeeds.features();
  }

  @Override
  public DistillationTerm term(TermSite site) {
    OwnLayers made = new OwnLayers(site);
    List<Integer> chosen = levels.of(site);
    Map<Integer, Layers> layers = new HashMap<>();
    for (int level : chosen) {
      layers.put(level, layers(made, level, site.geometry()));
    }
    return DistillationTerm.learning(
        made.made(),
        (sum, step) ->
            LevelSums.add(sum, step, chosen, level -> loss(level, layers.get(level), step)));
  }

  private Layers layers(OwnLayers made, int level, TermSite.Geometry geometry) {
    int ours = geometry.studentChannels();
    int theirs = geometry.teacherChannels().get(level);
    NonLocalSampling sampling = NonLocalSampling.of(geometry.priors().levels().get(level), variant);
    return new Layers(
        made.convolution(level + ".feature", theirs, ours, 1),
        variant == Variant.PAPER
            ? Optional.empty()
            : Optional.of(
                new Means(
                    made.linear(level + ".channel", theirs, ours),
                    made.convolution(level + ".spatial", 1, 1, 3))),
        nonLocal(made, level + ".student", ours, sampling),
        nonLocal(made, level + ".teacher", theirs, sampling),
        made.convolution(level + ".relation", theirs, ours, 1));
  }

  /** Starts as the identity: the scale of its normalisation is 0. */
  private static NonLocalBlock nonLocal(
      OwnLayers made, String name, int channels, NonLocalSampling sampling) {
    int inner = Math.max(1, channels / sampling.reduction());
    return new NonLocalBlock(
        embedding(made, name + ".theta", inner, channels),
        embedding(made, name + ".phi", inner, channels),
        embedding(made, name + ".g", inner, channels),
        made.normal(name + ".out.weight", NonLocalSampling.DEVIATION, channels, inner, 1, 1),
        made.constant(name + ".norm.weight", 0, channels),
        made.bias(name + ".norm", channels),
        sampling.pools());
  }

  private static Affine embedding(OwnLayers made, String name, int inner, int channels) {
    return new Affine(
        made.normal(name + ".weight", NonLocalSampling.DEVIATION, inner, channels, 1, 1),
        made.bias(name, inner));
  }

  private NDArray loss(int level, Layers own, TermStep step) {
    NDArray student = step.student().features().get(level);
    NDArray teacher = step.teacherFeatures(level);
    NDArray guided =
        own.means()
            .map(means -> official(student, teacher, own.feature(), means))
            .orElseGet(() -> printed(convolved(student, own.feature()), teacher));
    return guided.add(relation(student, teacher, own));
  }

  private NDArray official(NDArray student, NDArray teacher, Affine feature, Means means) {
    AttentionGuidedLoss.Official losses =
        AttentionGuidedLoss.official(
            student, teacher, temperature, new Adapters(feature, means.channel(), means.spatial()));
    return Constants.times(losses.feature(), featureWeight)
        .add(Constants.times(losses.channel().add(losses.spatial()), attentionWeight));
  }

  private NDArray printed(NDArray adapted, NDArray teacher) {
    AttentionGuidedLoss.Printed losses = AttentionGuidedLoss.paper(adapted, teacher, temperature);
    return Constants.times(losses.masked(), featureWeight)
        .add(Constants.times(losses.attention(), attentionWeight));
  }

  private NDArray relation(NDArray student, NDArray teacher, Layers own) {
    NDArray ours = convolved(own.student().apply(student), own.relation());
    NDArray theirs = own.teacher().apply(teacher);
    return Constants.times(AttentionGuidedLoss.distance(theirs, ours), relationWeight);
  }

  private static NDArray convolved(NDArray map, Affine affine) {
    return Conv2d.conv2d(map, affine.weight(), affine.bias()).singletonOrThrow();
  }
}
