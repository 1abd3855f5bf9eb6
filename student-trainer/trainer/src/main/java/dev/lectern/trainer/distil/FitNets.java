package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.distil.network.Affine;
import dev.lectern.trainer.loss.FeatureSquaredLoss;
import java.util.function.UnaryOperator;

/** Hints. */
@JsonTypeName("fitnets")
@About(
    title = "hints: imitation of whole neck maps",
    paper = "Romero et al. 2015, arXiv:1412.6550, eq. 3",
    formula = "weight * mean over all elements of (s - t)^2, summed over levels",
    strength = "mean over elements, mean over levels x 5",
    note =
        "paper: half the sum over elements, mean over images. The published regressor ends in"
            + " a ReLU, which suits features that are not negative; it replaces the adapter")
public record FitNets(
    @Key(defaultsTo = "2", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(meaning = Method.VARIANT) Reading variant,
    @Key(
            meaning =
                "learned layers on the student: none but the adapter, or 1x1 convolution,"
                    + " normalisation by the batch, ReLU")
        Regressor regressor,
    @JsonUnwrapped FeatureLevels features,
    @JsonUnwrapped Shared shared)
    implements OnFeatures.Equal {
  /** What stands between the student's features and the teacher's. */
  public enum Regressor {
    NONE,
    CONV_BN_RELU
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    MapLoss loss =
        variant == Reading.PAPER ? FeatureSquaredLoss::halfPerImage : FeatureSquaredLoss::mean;
    return student(pairing, layers).compare(loss, variant, PublishedSetting.LEVELS);
  }

  private AdaptedLevels student(Pairing pairing, Layers layers) {
    return regressor == Regressor.NONE
        ? features.equal(pairing, layers)
        : layers.mapped(features.levels().of(pairing), level -> regressor(layers, level, pairing));
  }

  /** 1x1 convolution, normalisation, ReLU. */
  private static UnaryOperator<NDArray> regressor(Layers layers, int level, Pairing pairing) {
    int out = pairing.teacherChannels().get(level);
    Affine convolution =
        layers.at(level + ".conv").rectified(out, pairing.studentChannels().get(level), 1);
    UnaryOperator<NDArray> norm = layers.at(level + ".norm").norm(out);
    return x -> Activation.relu(norm.apply(convolution.convolve(x)));
  }
}
