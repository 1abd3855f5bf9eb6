package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.ChannelBhattacharyyaLoss;
import dev.lectern.trainer.loss.ChannelMapSquaredLoss;
import dev.lectern.trainer.loss.ChannelWiseCrossEntropyLoss;
import dev.lectern.trainer.loss.ChannelWiseDistillationLoss;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.FeatureSquaredLoss;
import dev.lectern.trainer.loss.NormalizedChannelWiseLoss;

/** Channel-wise distillation with its other forms and ablations. */
public final class ChannelWise {
  private static final String PAPER = "Shu et al. 2021, arXiv:2011.13256";
  private static final String ABLATION = "ablation of arXiv:2011.13256, section 4.3";
  private static final String UNPUBLISHED = "the default weight is ours";

  /** P3 to P6, of RetinaNet. */
  private static final int PUBLISHED_LEVELS = 4;

  /** Classes of Cityscapes, whose one map of logits the weight was published for. */
  private static final int PUBLISHED_CLASSES = 19;

  private ChannelWise() {}

  /** A form on features of the neck. */
  private interface Form extends OnFeatures.Equal {
    Reading variant();

    /** Levels in the published setting. */
    default int publishedLevels() {
      return PUBLISHED_LEVELS;
    }

    /** What one level contributes. */
    NDArray loss(NDArray student, NDArray teacher);

    @Override
    default Term term(Pairing pairing, Layers layers) {
      return features().equal(pairing, layers).compare(this::loss, variant(), publishedLevels());
    }
  }

  /** As published. */
  @JsonTypeName("cwd")
  @About(
      title = "channel-wise distillation of neck features",
      paper = PAPER + ", eq. 2 to 4",
      formula = "weight * T^2 / (N C) * sum_channels KL(softmax_HW(t/T) || softmax_HW(s/T))",
      strength = "mean over channels, mean over levels x 4")
  public record Cwd(
      @Key(defaultsTo = "5", above = 0, meaning = Method.WEIGHT) Double weight,
      @Key(defaultsTo = "1", above = 0, meaning = Method.TEMPERATURE) double temperature,
      @Key(
              choices = {"normalised", "official"},
              meaning = Method.VARIANT)
          Reading variant,
      @JsonUnwrapped FeatureLevels features,
      @JsonUnwrapped Shared shared)
      implements Form {
    @Override
    public NDArray loss(NDArray student, NDArray teacher) {
      return ChannelWiseDistillationLoss.loss(student, teacher, temperature);
    }
  }

  /** On class logits. */
  @JsonTypeName("cwd_logits")
  @About(
      title = "channel-wise distillation of class logit maps",
      paper = PAPER,
      formula = "as cwd, one channel per class",
      strength = "sum over classes / 19, mean over levels")
  public record CwdLogits(
      @Key(defaultsTo = "3", above = 0, meaning = Method.WEIGHT) Double weight,
      @Key(defaultsTo = "4", above = 0, meaning = Method.TEMPERATURE) double temperature,
      @Key(
              choices = {"normalised", "official"},
              meaning = Method.VARIANT)
          Reading variant,
      @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
      @JsonUnwrapped Shared shared)
      implements Method {
    @Override
    public Needs needs() {
      return Needs.classMaps();
    }

    @Override
    public Term term(Pairing pairing, Layers layers) {
      Term term =
          ClassMaps.term(
              levels, pairing, (s, t) -> ChannelWiseDistillationLoss.loss(s, t, temperature));
      return variant == Reading.NORMALISED
          ? term.times((double) pairing.classes() / PUBLISHED_CLASSES / levels.of(pairing).size())
          : term;
    }
  }

  /** As its detection port. */
  @JsonTypeName("cwd_cross_entropy")
  @About(
      title = "cwd with a cross entropy, as its detection port",
      paper = "after arXiv:2011.13256",
      formula = "as cwd with -sum p ln q: the teacher's entropy on top, the same gradient",
      strength = "mean over channels, mean over levels x 4",
      note = "divides by the channels after the adapter; published on P3 to P6")
  public record CwdCrossEntropy(
      @Key(defaultsTo = "5", above = 0, meaning = Method.WEIGHT) Double weight,
      @Key(defaultsTo = "1", above = 0, meaning = Method.TEMPERATURE) double temperature,
      @Key(
              choices = {"normalised", "official"},
              meaning = Method.VARIANT)
          Reading variant,
      @JsonUnwrapped FeatureLevels features,
      @JsonUnwrapped Shared shared)
      implements Form {
    @Override
    public NDArray loss(NDArray student, NDArray teacher) {
      return ChannelWiseCrossEntropyLoss.loss(
          student, teacher, temperature, student.getShape().get(1));
    }
  }

  /** Of normalised maps. */
  @JsonTypeName("cwd_yolo")
  @About(
      title = "cwd of normalised maps, as on YOLOv8's necks",
      paper = "after arXiv:2011.13256",
      formula = "cwd of BN(s) and BN(t), batch statistics, no affine map",
      strength = "mean over channels, mean over levels x 3",
      note =
          "its published form has a 1x1 convolution also where channels agree: adapter conv1x1; "
              + UNPUBLISHED)
  public record CwdYolo(
      @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
      @Key(defaultsTo = "1", above = 0, meaning = Method.TEMPERATURE) double temperature,
      @Key(
              choices = {"normalised", "official"},
              meaning = Method.VARIANT)
          Reading variant,
      @JsonUnwrapped FeatureLevels features,
      @JsonUnwrapped Shared shared)
      implements Form {
    @Override
    public NDArray loss(NDArray student, NDArray teacher) {
      return NormalizedChannelWiseLoss.loss(student, teacher, temperature);
    }

    @Override
    public int publishedLevels() {
      return 3;
    }
  }

  /** Bhattacharyya distance. */
  @JsonTypeName("cwd_bhattacharyya")
  @About(
      title = "Bhattacharyya distance of channel distributions",
      paper = ABLATION,
      formula = "weight / (N C) * sum_channels -ln sum_HW sqrt(p q)",
      strength = "mean over channels, mean over levels x 4",
      note = UNPUBLISHED)
  public record CwdBhattacharyya(
      @Key(defaultsTo = "5", above = 0, meaning = Method.WEIGHT) Double weight,
      @Key(defaultsTo = "1", above = 0, meaning = Method.TEMPERATURE) double temperature,
      @Key(
              choices = {"normalised", "official"},
              meaning = Method.VARIANT)
          Reading variant,
      @JsonUnwrapped FeatureLevels features,
      @JsonUnwrapped Shared shared)
      implements Form {
    @Override
    public NDArray loss(NDArray student, NDArray teacher) {
      return ChannelBhattacharyyaLoss.loss(student, teacher, temperature);
    }
  }

  /** Squared difference of distributions. */
  @JsonTypeName("cwd_channel_mse")
  @About(
      title = "squared difference of channel distributions",
      paper = ABLATION,
      formula = "weight / (N C) * sum (softmax_HW(s) - softmax_HW(t))^2",
      strength = "mean over channels x H W, mean over levels x 4",
      note = UNPUBLISHED)
  public record CwdChannelMse(
      @Key(defaultsTo = "0.00005", above = 0, meaning = Method.WEIGHT) Double weight,
      @Key(
              choices = {"normalised", "official"},
              meaning = Method.VARIANT)
          Reading variant,
      @JsonUnwrapped FeatureLevels features,
      @JsonUnwrapped Shared shared)
      implements Form {
    @Override
    public NDArray loss(NDArray student, NDArray teacher) {
      NDArray loss = ChannelMapSquaredLoss.loss(student, teacher);
      return variant == Reading.NORMALISED
          ? Constants.times(loss, MapSize.cells(student)) // shares of a map are 1 / (H W) each
          : loss;
    }
  }

  /** Squared difference of features. */
  @JsonTypeName("cwd_l2")
  @About(
      title = "squared difference of features, summed over channels",
      paper = ABLATION,
      formula = "weight / (N H W) * sum (s - t)^2",
      strength = "mean over cells, mean over levels x 4",
      note = UNPUBLISHED)
  public record CwdL2(
      @Key(defaultsTo = "0.02", above = 0, meaning = Method.WEIGHT) Double weight,
      @Key(
              choices = {"normalised", "official"},
              meaning = Method.VARIANT)
          Reading variant,
      @JsonUnwrapped FeatureLevels features,
      @JsonUnwrapped Shared shared)
      implements Form {
    @Override
    public NDArray loss(NDArray student, NDArray teacher) {
      return FeatureSquaredLoss.perPosition(student, teacher);
    }
  }
}
