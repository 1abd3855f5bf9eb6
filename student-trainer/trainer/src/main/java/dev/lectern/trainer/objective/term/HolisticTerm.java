package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.trainer.loss.AdversarialLoss;
import dev.lectern.trainer.loss.BilinearResize;
import dev.lectern.trainer.loss.GradientPenalty;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import java.util.SplittableRandom;

/**
 * Holistic distillation: a discriminator learns to tell the teacher's class maps from the
 * student's, and the student learns to pass for the teacher. In each step the student is scored by
 * the discriminator as it was left by the step before; then the discriminator takes a step of its
 * own on both networks' maps, as constants. Numbers that it draws depend on seed and step alone.
 */
public final class HolisticTerm implements DistillationTerm {
  private static final long STEP_STRIDE = 0x9E3779B97F4A7C15L;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.99;

  private final int level;
  private final long seed;
  private final Settings settings;
  private final Discriminator discriminator;
  private final StoredAdam adam;

  /** What the discriminator minimises. */
  public enum Form {
    /** Scores as far apart as a slope of 1 allows. */
    WGAN_GP,
    /** Scores beyond 1 and -1. */
    HINGE
  }

  /** What happens to maps before they are scored. */
  public enum Preparation {
    /** Normalisation by the batch, with scale and shift. */
    BATCH_NORM,
    /** The hyperbolic tangent. */
    TANH
  }

  /**
   * The discriminator.
   *
   * @param form what it minimises
   * @param preparation of the maps that it scores
   * @param channels behind its first convolution
   * @param rate its learning rate
   * @param penalty weight of the gradient penalty
   */
  public record Settings(
      Form form, Preparation preparation, int channels, double rate, double penalty) {}

  /**
   * @param level whose class maps are compared, 0 is the finest
   */
  public HolisticTerm(int level, TermSite site, Settings settings) {
    this.level = level;
    this.seed = site.geometry().seed();
    this.settings = settings;
    this.discriminator =
        new Discriminator(
            site, site.geometry().classes(), settings.channels(), settings.preparation());
    this.adam = new StoredAdam(discriminator.learned(), site, settings.rate(), BETA1, BETA2);
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    NDArray ours = resized(step.student().cls().get(level));
    NDArray theirs = resized(step.teacherClasses(level)).stopGradient();
    sum.addWhole(judged(ours, step.manager()), step.levels());
    learn(ours.stopGradient(), theirs, step);
  }

  private static NDArray resized(NDArray map) {
    return BilinearResize.resize(map, Discriminator.SIDE, Discriminator.SIDE);
  }

  /**
   * The student's loss with its gradient, taken now: the discriminator changes before the run's own
   * backward pass comes.
   */
  private NDArray judged(NDArray maps, NDManager scope) {
    NDArray start = maps.stopGradient().duplicate();
    start.setRequiresGradient(true);
    NDArray value = AdversarialLoss.student(discriminator.constant(scope).score(start));
    backward(value);
    NDArray linear = maps.mul(start.getGradient().stopGradient()).sum();
    return linear.sub(linear.stopGradient()).add(value.stopGradient());
  }

  private void learn(NDArray ours, NDArray theirs, TermStep step) {
    NDManager scope = step.manager();
    Discriminator.InStep now = discriminator.learning(scope);
    NDArray ourScores = now.score(ours);
    NDArray theirScores = now.score(theirs);
    NDArray loss =
        settings.form() == Form.HINGE
            ? AdversarialLoss.hinge(ourScores, theirScores)
            : AdversarialLoss.wasserstein(ourScores, theirScores)
                .add(penalty(now, ours, theirs, step));
    adam.clear();
    backward(loss);
    discriminator.advance(scope);
    adam.step(scope);
  }

  private NDArray penalty(Discriminator.InStep now, NDArray ours, NDArray theirs, TermStep step) {
    SplittableRandom random = new SplittableRandom(seed + STEP_STRIDE * (step.moment().step() + 1));
    float[] mixing = new float[(int) ours.getShape().get(0)];
    for (int n = 0; n < mixing.length; n++) {
      mixing[n] = (float) random.nextDouble();
    }
    NDArray mixed = GradientPenalty.mixed(ours, theirs, step.manager().create(mixing));
    return GradientPenalty.ofSlopes(now.slope(mixed), settings.penalty());
  }

  private static void backward(NDArray scalar) {
    JniUtils.backward((PtNDArray) scalar, (PtNDArray) scalar.onesLike(), false, false);
  }
}
