package dev.lectern.detector.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * A named array of a network.
 *
 * <p>Its values change in place; the array itself stays the same object for the network's life.
 */
public final class Parameter {
  /** What training does with an array. */
  public enum Role {
    /** The optimiser moves it along its gradient. */
    LEARNED,
    /** It has no gradient and stays as it was loaded. */
    FROZEN,
    /** Forward passes update it (running mean and variance); the optimiser leaves it alone. */
    STATISTIC
  }

  private final String name;
  private final NDArray array;
  private final Role role;

  /** Takes the array over and asks for its gradient if the role is {@link Role#LEARNED}. */
  public Parameter(String name, NDArray array, Role role) {
    this.name = name;
    this.array = array;
    this.role = role;
    array.setRequiresGradient(role == Role.LEARNED);
  }

  /** Stable dotted name, e.g. {@code backbone.layer1.0.conv1.weight}. */
  public String name() {
    return name;
  }

  /** The live array, float32, owned by the network. */
  public NDArray array() {
    return array;
  }

  public Role role() {
    return role;
  }

  public Shape shape() {
    return array.getShape();
  }

  /** Whether the optimiser moves it. */
  public boolean isLearned() {
    return role == Role.LEARNED;
  }

  /** Whether weight decay applies: learned, and no bias, scale or shift. */
  public boolean decays() {
    return isLearned() && shape().dimension() > 1;
  }

  /** The gradient of the last backward pass, zeros if none reached it; belongs to {@code scope}. */
  public NDArray gradient(NDManager scope) {
    NDArray gradient = array.getGradient();
    gradient.attach(scope);
    return gradient;
  }

  /**
   * Overwrites the values.
   *
   * @param values row-major, as many as the array has
   */
  public void set(float[] values) {
    if (values.length != shape().size()) {
      throw new IllegalArgumentException(
          name + ": found " + values.length + " values, expected " + shape().size());
    }
    try (NDArray source = array.getManager().create(values, shape())) {
      InPlace.copy(source, array);
    }
  }

  /** The values, row-major, copied. */
  public float[] values() {
    return array.toFloatArray();
  }
}
