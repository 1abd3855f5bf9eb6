package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.PixelWiseDistillationLoss;
import dev.lectern.trainer.loss.PixelWiseDistillationLoss.Reduction;
import dev.lectern.trainer.loss.Variant;
import java.util.Optional;

/** Pixel-wise distillation: the distribution over channels at each position by itself. */
public final class PixelWise {
  private static final String PAPER = "Liu et al. 2019, arXiv:1903.04197, eq. 1";
  private static final String FORMULA =
      "weight / (N C H W) * sum_positions KL(softmax_C(t/T) || softmax_C(s/T))";
  private static final String NOTE = "paper: mean over positions alone, times T^2";

  private PixelWise() {}

  private static MapLoss divergence(double temperature, Variant variant) {
    Reduction reduction = variant == Variant.PAPER ? Reduction.PER_POSITION : Reduction.MEAN;
    return (s, t) -> PixelWiseDistillationLoss.loss(s, t, temperature, reduction);
  }

  /** Of class logits. */
  @JsonTypeName("pixelwise")
  @About(
      title = "softmax over classes at every position",
      paper = PAPER,
      formula = FORMULA,
      note = NOTE)
  public record OfClasses(
      @Key(defaultsTo = "10", above = 0, meaning = Method.WEIGHT) Double weight,
      @Key(defaultsTo = "1", above = 0, meaning = Method.TEMPERATURE) double temperature,
      @Key(meaning = Method.VARIANT) Variant variant,
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
      return ClassMaps.term(levels, pairing, divergence(temperature, variant));
    }
  }

  /** Of features. */
  @JsonTypeName("pixelwise_features")
  @About(
      title = "softmax over the channels of features at every position",
      paper = PAPER,
      formula = FORMULA,
      note = NOTE)
  public record OfFeatures(
      @Key(defaultsTo = "10", above = 0, meaning = Method.WEIGHT) Double weight,
      @Key(defaultsTo = "1", above = 0, meaning = Method.TEMPERATURE) double temperature,
      @Key(meaning = Method.VARIANT) Variant variant,
      @JsonUnwrapped FeatureLevels features,
      @JsonUnwrapped Shared shared)
      implements Method {
    @Override
    public Levels levels() {
      return features.levels();
    }

    @Override
    public boolean needsEqualChannels() {
      return features.isUnadapted();
    }

    @Override
    public Needs needs() {
      return Needs.features();
    }

    @Override
    public Term term(Pairing pairing, Layers layers) {
      return features.equal(pairing, layers).compare(divergence(temperature, variant));
    }
  }

  /** As a cross entropy of class logits. */
  @JsonTypeName("pixelwise_cross_entropy")
  @About(
      title = "pixelwise as a cross entropy, summed over images",
      paper = "the public code of arXiv:1903.04197",
      formula = "weight / (H W) * sum_positions -sum_C softmax(t) log softmax(s)",
      note = "grows with the batch size, as in the public code")
  public record CrossEntropy(
      @Key(defaultsTo = "10", above = 0, meaning = Method.WEIGHT) Double weight,
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
      return ClassMaps.term(levels, pairing, PixelWiseDistillationLoss::crossEntropy);
    }
  }
}
