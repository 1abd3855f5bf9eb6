package dev.lectern.trainer.view;

/** What a teacher gives for each object of a batch. */
public interface ObjectOutputs {
  /** Whether it gives class logits. */
  boolean hasLogits();

  /** Whether something of the teacher stands for an object. */
  boolean has(int image, int object);

  /**
   * Logits whose sigmoids are the probabilities of the K classes, (K), for an object that it has.
   */
  float[] logits(int image, int object);

  /** The final box, xyxy pixels, for an object that it has. */
  float[] box(int image, int object);
}
