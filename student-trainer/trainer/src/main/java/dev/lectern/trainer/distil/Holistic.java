package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.trainer.distil.network.BilinearResize;
import dev.lectern.trainer.distil.network.Discriminator;
import dev.lectern.trainer.distil.network.Discriminator.Preparation;
import dev.lectern.trainer.loss.AdversarialLoss;
import dev.lectern.trainer.loss.GradientPenalty;
import dev.lectern.trainer.view.AnchorMaximum;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Holistic distillation: a discriminator learns to tell the teacher's class maps from the
 * student's, and the student learns to pass for the teacher. In each step the student is scored by
 * the discriminator as it was left by the step before; then the discriminator takes a step of its
 * own on both networks' maps, as constants. Numbers that it draws depend on seed and step alone.
 */
@JsonTypeName("holistic")
@About(
    title = "a discriminator tells class maps of the two networks apart",
    paper = "Liu et al. 2019, arXiv:1903.04197, section 3.3",
    formula = "weight * -mean D(s); D: -mean D(t) + mean D(s) + penalty (|dD/dx| - 1)^2",
    strength = "as published: mean over images, one level",
    note =
        "maps are resized to 64 x 64 cells, of several anchors a cell the largest logit. D takes a"
            + " step of its own after the student was judged, Adam (0.9, 0.99), kept in checkpoints, neither trained nor clipped by"
            + " the run's optimiser; one power iteration a step. Published for segmentation, with"
            + " weight 0.1, which harmed a detector; the code of arXiv:2007.13108 takes 0.001")
public record Holistic(
    @Key(defaultsTo = "0.001", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(defaultsTo = "0", min = 0, meaning = "whose maps are compared, 0 is the finest") int level,
    @Key(meaning = "what D minimises; hinge has no penalty") Form form,
    @Key(meaning = "of the maps that D reads") Preparation preparation,
    @Key(defaultsTo = "64", min = 1, meaning = "after D's first convolution; fewer make it faster")
        int channels,
    @Key(defaultsTo = "4e-4", min = 0, meaning = "of D") double learningRate,
    @Key(defaultsTo = "10", min = 0, meaning = "weight of the gradient penalty") double penalty,
    @JsonUnwrapped Shared shared)
    implements Method {
  private static final long STEP_STRIDE = 0x9E3779B97F4A7C15L;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.99;

  /** What the discriminator minimises. */
  public enum Form {
    /** Scores as far apart as a slope of 1 allows. */
    WGAN_GP,
    /** Scores beyond 1 and -1. */
    HINGE
  }

  @Override
  public Needs needs() {
    return Needs.classMaps();
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    int place = pairing.numbers().indexOf(level);
    if (place < 0) {
      throw new UserMistakeException(
          "losses.level: found "
              + level
              + " for holistic, expected one of the levels "
              + pairing.numbers()
              + " that student and teacher have");
    }
    return new Judged(pairing, layers, place);
  }

  private final class Judged implements Term {
    private final long seed;
    private final int place;
    private final int classes;
    private final Discriminator discriminator;
    private final StoredAdam adam;

    Judged(Pairing pairing, Layers layers, int place) {
      this.place = place;
      this.seed = pairing.seed();
      this.classes = pairing.classes();
      this.discriminator = new Discriminator(layers.apart(), classes, channels, preparation);
      this.adam = new StoredAdam(discriminator.learned(), layers, learningRate, BETA1, BETA2);
    }

    @Override
    public Optional<Addends> addends(Step step) {
      NDArray ours = prepared(step.classMaps().student(place));
      NDArray theirs = prepared(step.classMaps().teacher(place)).stopGradient();
      NDArray judged = judged(ours, step.manager());
      learn(ours.stopGradient(), theirs, step);
      return Addends.of(judged);
    }

    /** One channel a class, of the size that the discriminator reads. */
    private NDArray prepared(NDArray map) {
      int anchors = (int) (map.getShape().get(1) / classes);
      return BilinearResize.resize(
          AnchorMaximum.of(map, anchors), Discriminator.SIDE, Discriminator.SIDE);
    }

    /**
     * The student's loss with its gradient, taken now: the discriminator changes before the run's
     * own backward pass comes.
     */
    private NDArray judged(NDArray maps, NDManager scope) {
      NDArray start = maps.stopGradient().duplicate();
      start.setRequiresGradient(true);
      NDArray value = AdversarialLoss.student(discriminator.constant(scope).score(start));
      backward(value);
      NDArray linear = maps.mul(start.getGradient().stopGradient()).sum();
      return linear.sub(linear.stopGradient()).add(value.stopGradient());
    }

    private void learn(NDArray ours, NDArray theirs, Step step) {
      NDManager scope = step.manager();
      Discriminator.InStep now = discriminator.learning(scope);
      NDArray ourScores = now.score(ours);
      NDArray theirScores = now.score(theirs);
      NDArray loss =
          form == Form.HINGE
              ? AdversarialLoss.hinge(ourScores, theirScores)
              : AdversarialLoss.wasserstein(ourScores, theirScores)
                  .add(penalty(now, ours, theirs, step));
      adam.clear();
      backward(loss);
      discriminator.advance(scope);
      adam.step(scope);
    }

    private NDArray penalty(Discriminator.InStep now, NDArray ours, NDArray theirs, Step step) {
      SplittableRandom random =
          new SplittableRandom(seed + STEP_STRIDE * (step.progress().step() + 1));
      float[] mixing = new float[(int) ours.getShape().get(0)];
      for (int n = 0; n < mixing.length; n++) {
        mixing[n] = (float) random.nextDouble();
      }
      NDArray mixed = GradientPenalty.mixed(ours, theirs, step.manager().create(mixing));
      return GradientPenalty.ofSlopes(now.slope(mixed), penalty);
    }
  }

  private static void backward(NDArray scalar) {
    JniUtils.backward((PtNDArray) scalar, (PtNDArray) scalar.onesLike(), false, false);
  }
}
