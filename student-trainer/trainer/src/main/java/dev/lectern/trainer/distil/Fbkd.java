package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.distil.network.Affine;
import dev.lectern.trainer.distil.network.NonLocalBlock;
import dev.lectern.trainer.distil.network.NonLocalSampling;
import dev.lectern.trainer.loss.AttentionGuidedLoss;
import dev.lectern.trainer.loss.AttentionGuidedLoss.Adapters;
import dev.lectern.trainer.loss.Constants;
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
    strength = "norms of 2 images, 256 channels, 22190 cells; mean over levels x 4",
    note =
        "M: attention of both networks; NL: non-local blocks, one learned on each side; norms"
            + " run over the whole batch. official compares means of features after learned"
            + " maps, paper means of magnitudes. Weights are those of the public code for"
            + " two-stage detectors; the paper's for one-stage are 4e-4, 2e-2, 4e-4")
public record Fbkd(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(defaultsTo = "0.5", above = 0, meaning = Method.TEMPERATURE) double temperature,
    @Key(meaning = Method.VARIANT) Reading variant,
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
  private record LevelLayers(
      Affine feature,
      Optional<Means> means,
      NonLocalBlock student,
      NonLocalBlock teacher,
      Affine relation) {}

  private record Means(Affine channel, Affine spatial) {}

  /** P2 to P5. */
  private static final double PUBLISHED_LEVELS = 4;

  @Override
  public Needs needs() {
    return Needs.features();
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    List<Integer> chosen = levels.of(pairing);
    Map<Integer, LevelLayers> made = new HashMap<>();
    for (int level : chosen) {
      made.put(level, layers(layers.at(Integer.toString(level)), level, pairing));
    }
    Term sum =
        step ->
            Addends.perLevel(
                chosen,
                level ->
                    loss(
                        step.features().student(level),
                        step.features().teacher(level),
                        made.get(level)));
    return variant == Reading.NORMALISED ? sum.times(PUBLISHED_LEVELS / chosen.size()) : sum;
  }

  private LevelLayers layers(Layers layers, int level, Pairing pairing) {
    int ours = pairing.studentChannels().get(level);
    int theirs = pairing.teacherChannels().get(level);
    NonLocalSampling sampling =
        NonLocalSampling.of(pairing.priors().levels().get(level), variant.formula());
    return new LevelLayers(
        layers.at("feature").convolution(theirs, ours, 1),
        variant == Reading.PAPER
            ? Optional.empty()
            : Optional.of(
                new Means(
                    layers.at("channel").linear(theirs, ours),
                    layers.at("spatial").convolution(1, 1, 3))),
        nonLocal(layers.at("student"), ours, sampling),
        nonLocal(layers.at("teacher"), theirs, sampling),
        layers.at("relation").convolution(theirs, ours, 1));
  }

  /** Starts as the identity: the scale of its normalisation is 0. */
  private static NonLocalBlock nonLocal(Layers layers, int channels, NonLocalSampling sampling) {
    int inner = Math.max(1, channels / sampling.reduction());
    return new NonLocalBlock(
        embedding(layers.at("theta"), inner, channels),
        embedding(layers.at("phi"), inner, channels),
        embedding(layers.at("g"), inner, channels),
        layers.normal("out.weight", NonLocalSampling.DEVIATION, channels, inner, 1, 1).array(),
        layers.constant("norm.weight", 0, channels).array(),
        layers.at("norm").bias(channels).array(),
        sampling.pools());
  }

  private static Affine embedding(Layers layers, int inner, int channels) {
    return new Affine(
        layers.normal("weight", NonLocalSampling.DEVIATION, inner, channels, 1, 1).array(),
        layers.bias(inner).array());
  }

  private NDArray loss(NDArray student, NDArray teacher, LevelLayers own) {
    NDArray guided =
        own.means()
            .map(means -> official(student, teacher, own.feature(), means))
            .orElseGet(() -> printed(own.feature().convolve(student), teacher));
    return guided.add(relation(student, teacher, own));
  }

  private NDArray official(NDArray student, NDArray teacher, Affine feature, Means means) {
    AttentionGuidedLoss.Official losses =
        AttentionGuidedLoss.official(
            student,
            teacher,
            temperature,
            new Adapters(feature::convolve, means.channel()::linear, means.spatial()::convolve));
    if (variant == Reading.NORMALISED) {
      return Constants.times(losses.feature(), featureWeight * perValue(teacher))
          .add(Constants.times(losses.channel(), attentionWeight * perChannel(teacher)))
          .add(Constants.times(losses.spatial(), attentionWeight * perCell(teacher)));
    }
    return Constants.times(losses.feature(), featureWeight)
        .add(Constants.times(losses.channel().add(losses.spatial()), attentionWeight));
  }

  /** A norm over a batch grows with the root of what it adds up: images, channels and cells. */
  private static double perValue(NDArray map) {
    return Math.sqrt(
        growth(map)
            * (PublishedSetting.CHANNELS / MapSize.channels(map))
            * (PublishedSetting.CELLS_OF_TWO_STAGES / MapSize.cells(map)));
  }

  private static double perChannel(NDArray map) {
    return Math.sqrt(growth(map) * (PublishedSetting.CHANNELS / MapSize.channels(map)));
  }

  private static double perCell(NDArray map) {
    return Math.sqrt(growth(map) * (PublishedSetting.CELLS_OF_TWO_STAGES / MapSize.cells(map)));
  }

  private static double growth(NDArray map) {
    return PublishedSetting.IMAGES / MapSize.images(map);
  }

  private NDArray printed(NDArray adapted, NDArray teacher) {
    AttentionGuidedLoss.Printed losses = AttentionGuidedLoss.paper(adapted, teacher, temperature);
    return Constants.times(losses.masked(), featureWeight)
        .add(Constants.times(losses.attention(), attentionWeight));
  }

  private NDArray relation(NDArray student, NDArray teacher, LevelLayers own) {
    NDArray ours = own.relation().convolve(own.student().apply(student));
    NDArray theirs = own.teacher().apply(teacher);
    double factor =
        variant == Reading.NORMALISED ? relationWeight * perValue(theirs) : relationWeight;
    return Constants.times(AttentionGuidedLoss.distance(theirs, ours), factor);
  }
}
