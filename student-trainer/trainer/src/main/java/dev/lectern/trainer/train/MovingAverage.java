package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.InPlace;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameters;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An exponential moving average of a network's parameters and statistics.
 *
 * <pre>
 *   average = d · average + (1 - d) · value        d = min(decay, (1 + t) / (10 + t)), t = updates before
 * </pre>
 *
 * <p>The rising d lets the average forget the start values.
 */
final class MovingAverage implements AutoCloseable {
  private final double decay;
  private final Parameters parameters;
  private final NDManager manager;
  private final Map<String, NDArray> averages = new LinkedHashMap<>();

  /** Starts from the present values. */
  MovingAverage(double decay, Parameters parameters, NDManager parent) {
    this.decay = decay;
    this.parameters = parameters;
    this.manager = parent.newSubManager();
    for (Parameter parameter : parameters) {
      averages.put(parameter.name(), manager.create(parameter.values(), parameter.shape()));
    }
  }

  /**
   * Takes in the present values.
   *
   * @param updates how often that was done before
   */
  void update(long updates) {
    double d = Math.min(decay, (1.0 + updates) / (10.0 + updates));
    GradientMode.off(
        () -> {
          try (NDManager scope = manager.newSubManager()) {
            for (Parameter parameter : parameters) {
              NDArray fresh = parameter.array().mul(1 - d);
              fresh.attach(scope);
              averages.get(parameter.name()).muli(d).addi(fresh);
            }
          }
        });
  }

  /** Exchanges averages and live values; a second call undoes the first. */
  void swap() {
    GradientMode.off(
        () -> {
          try (NDManager scope = manager.newSubManager()) {
            for (Parameter parameter : parameters) {
              NDArray average = averages.get(parameter.name());
              NDArray live = parameter.array().duplicate();
              live.attach(scope);
              InPlace.copy(average, parameter.array());
              InPlace.copy(live, average);
            }
          }
        });
  }

  /** Averages by parameter name; live arrays. */
  Map<String, NDArray> averages() {
    return averages;
  }

  @Override
  public void close() {
    manager.close();
  }
}
