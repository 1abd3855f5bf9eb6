package dev.lectern.detector.layer;

import ai.djl.pytorch.jni.JniUtils;
import java.util.function.Supplier;

/**
 * Whether the calling thread records a gradient graph.
 *
 * <p>libtorch keeps this per thread and fresh threads record. The mode of before returns when the
 * work is done, also when it throws.
 */
public final class GradientMode {
  private GradientMode() {}

  /** Records during the work: a training step's forward pass, loss and backward pass. */
  public static <T> T recording(Supplier<T> work) {
    return with(true, work);
  }

  /** Records during the work. */
  public static void recording(Runnable work) {
    with(true, returningNull(work));
  }

  /** Records nothing during the work: evaluation, or changing parameters in place. */
  public static <T> T off(Supplier<T> work) {
    return with(false, work);
  }

  /** Records nothing during the work. */
  public static void off(Runnable work) {
    with(false, returningNull(work));
  }

  private static <T> T with(boolean on, Supplier<T> work) {
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(on);
    try {
      return work.get();
    } finally {
      JniUtils.setGradMode(before);
    }
  }

  private static Supplier<Void> returningNull(Runnable work) {
    return () -> {
      work.run();
      return null;
    };
  }
}
