package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;

/**
 * Holistic distillation by a discriminator D that tells the teacher's maps from the student's.
 *
 * <pre>
 *   student               -mean D(s)
 *   discriminator, WGAN   -mean D(t) + mean D(s)
 *   discriminator, hinge  mean max(0, 1 - D(t)) + mean max(0, 1 + D(s))
 * </pre>
 *
 * <p>Liu et al. 2019 (arXiv:1903.04197), eq. 4 and 5.
 */
public final class AdversarialLoss {
  private AdversarialLoss() {}

  /** What the student minimises. */
  public static NDArray student(NDArray studentScores) {
    return studentScores.mean().neg();
  }

  /** What the discriminator minimises, without the gradient penalty that belongs to it. */
  public static NDArray wasserstein(NDArray studentScores, NDArray teacherScores) {
    return studentScores.mean().sub(teacherScores.mean());
  }

  /** What the discriminator minimises in the hinge form. */
  public static NDArray hinge(NDArray studentScores, NDArray teacherScores) {
    return Activation.relu(teacherScores.neg().add(1f))
        .mean()
        .add(Activation.relu(studentScores.add(1f)).mean());
  }
}
