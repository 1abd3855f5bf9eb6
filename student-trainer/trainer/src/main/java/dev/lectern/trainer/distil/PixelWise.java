package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.PixelWiseDistillationLoss;
import dev.lectern.trainer.loss.PixelWiseDistillationLoss.Reduction;
import java.util.Optional;

/** Pixel-wise distillation: the distribution over channels at each position by itself. */
public final class PixelWise {
  private static final String PAPER = "Liu et al. 2019, arXiv:1903.04197, eq. 1";
  private static final String FORMULA =
      "weight / (N C H W) * sum_positions KL(softmax_C(t/T) || softmax_C(s/T))";
  private static final String NOTE = "paper: mean over positions alone, times T^2";

  /** Classes of Cityscapes, whose one map of logits the weights were published for. */
  private static final double PUBLISHED_CLASSES = 19;

  /** Images of a step there. */
  private static final double PUBLISHED_IMAGES = 8;

  private PixelWise() {}

  private static MapLoss divergence(double temperature, Reading variant) {
    Reduction reduction = variant == Reading.PAPER ? Reduction.PER_POSITION : Reduction.MEAN;
    return (s, t) -> PixelWiseDistillationLoss.loss(s, t, temperature, reduction);
  }

  /** Of class logits. */
  @JsonTypeName("pixelwise")
  @About(
      title = "softmax over classes at every position",
      paper = PAPER,
      formula = FORMULA,
      strength = "mean over cells, sum over classes / 19, mean over levels",
      note = NOTE)
  public record OfClasses(
      @Key(defaultsTo = "10", above = 0, meaning = Method.WEIGHT) Double weight,
      @Key(defaultsTo = "1", above = 0, meaning = Method.TEMPERATURE) double temperature,
      @Key(meaning = Method.VARIANT) Reading variant,
      @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
      @JsonUnwrapped Shared shared)
      implements Method {
    @Override
    public Optional<String> obstacle(int classes) {
      return ClassMaps.obstacle(classes);
    }

    @Override
    public Needs needs() {
      return Needs.classMaps();
    }

    @Override
    public Term term(Pairing pairing, Layers layers) {
      ClassMaps.requireClasses(this, pairing);
      Term term = ClassMaps.term(levels, pairing, divergence(temperature, variant));
      return variant == Reading.NORMALISED
          ? term.times(pairing.classes() / PUBLISHED_CLASSES / levels.of(pairing).size())
          : term;
    }
  }

  /** Of features. */
  @JsonTypeName("pixelwise_features")
  @About(
      title = "softmax over the channels of features at every position",
      paper = PAPER,
      formula = FORMULA,
      strength = "mean over cells and channels, mean over levels",
      note = NOTE)
  public record OfFeatures(
      @Key(defaultsTo = "10", above = 0, meaning = Method.WEIGHT) Double weight,
      @Key(defaultsTo = "1", above = 0, meaning = Method.TEMPERATURE) double temperature,
      @Key(meaning = Method.VARIANT) Reading variant,
      @JsonUnwrapped FeatureLevels features,
      @JsonUnwrapped Shared shared)
      implements OnFeatures.Equal {
    @Override
    public Term term(Pairing pairing, Layers layers) {
      return features.equal(pairing, layers).compare(divergence(temperature, variant), variant, 1);
    }
  }

  /** As a cross entropy of class logits. */
  @JsonTypeName("pixelwise_cross_entropy")
  @About(
      title = "pixelwise as a cross entropy, summed over images",
      paper = "the public code of arXiv:1903.04197",
      formula = "weight / (H W) * sum_positions -sum_C softmax(t) log softmax(s)",
      strength = "mean over cells, mean over images x 8, mean over levels",
      note = "official grows with the batch size, as the public code does")
  public record CrossEntropy(
      @Key(shownDefault = "0.17 (variant official: 10)", above = 0, meaning = Method.WEIGHT)
          Double weight,
      @Key(
              choices = {"normalised", "official"},
              meaning = Method.VARIANT)
          Reading variant,
      @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
      @JsonUnwrapped Shared shared)
      implements Method {
    private static final double PUBLISHED_WEIGHT = 10;

    /**
     * Began as strong as the own losses of a student of BCCD; the published one, at 59 times that.
     */
    private static final double WEIGHT = 0.17;

    /** Fills in what depends on the variant. */
    public CrossEntropy {
      if (weight == null) {
        weight = variant == Reading.OFFICIAL ? PUBLISHED_WEIGHT : WEIGHT;
      }
    }

    @Override
    public Optional<String> obstacle(int classes) {
      return ClassMaps.obstacle(classes);
    }

    @Override
    public Needs needs() {
      return Needs.classMaps();
    }

    @Override
    public Term term(Pairing pairing, Layers layers) {
      ClassMaps.requireClasses(this, pairing);
      if (variant == Reading.OFFICIAL) {
        return ClassMaps.term(levels, pairing, PixelWiseDistillationLoss::crossEntropy);
      }
      MapLoss perImage =
          (s, t) ->
              Constants.times(PixelWiseDistillationLoss.crossEntropy(s, t), 1 / MapSize.images(s));
      return ClassMaps.term(levels, pairing, perImage)
          .times(PUBLISHED_IMAGES / levels.of(pairing).size());
    }
  }
}
