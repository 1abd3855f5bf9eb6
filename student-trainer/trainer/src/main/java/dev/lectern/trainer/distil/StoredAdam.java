package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.trainer.loss.Constants;
import java.util.ArrayList;
import java.util.List;

/**
 * Adam for parameters that a term trains by itself. Moments and the number of steps are statistics
 * made by the layers of a loss, so that checkpoints hold them.
 *
 * <pre>
 *   m = β1 m + (1 - β1) g      v = β2 v + (1 - β2) g²
 *   w = w - rate · (m / (1 - β1^t)) / (√(v / (1 - β2^t)) + ε)
 * </pre>
 *
 * <p>Kingma and Ba 2015 (arXiv:1412.6980), algorithm 1.
 */
final class StoredAdam {
  private static final double EPSILON = 1e-8;

  private final List<Moments> moments = new ArrayList<>();
  private final Parameters parameters;
  private final Parameter steps;
  private final double rate;
  private final double beta1;
  private final double beta2;

  private record Moments(Parameter parameter, Parameter first, Parameter second) {}

  StoredAdam(List<Parameter> parameters, Layers layers, double rate, double beta1, double beta2) {
    this.parameters = new Parameters(parameters);
    this.rate = rate;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.steps = layers.statistic("adam.steps", 0, 1);
    for (Parameter parameter : parameters) {
      moments.add(
          new Moments(
              parameter,
              layers.statistic(parameter, "adam.first"),
              layers.statistic(parameter, "adam.second")));
    }
  }

  /** Sets the gradients to 0. */
  void clear() {
    parameters.clearGradients();
  }

  /** Moves the parameters along their gradients and clears these. */
  void step(NDManager scope) {
    float done = steps.values()[0] + 1;
    steps.set(new float[] {done});
    double first = 1 - Math.pow(beta1, done);
    double second = 1 - Math.pow(beta2, done);
    GradientMode.off(() -> moments.forEach(moment -> move(moment, first, second, scope)));
    clear();
  }

  private void move(Moments moment, double first, double second, NDManager scope) {
    NDArray g = moment.parameter().gradient(scope);
    NDArray m = number(g, beta1).mul(moment.first().array()).add(g.mul(number(g, 1 - beta1)));
    NDArray v =
        number(g, beta2).mul(moment.second().array()).add(g.square().mul(number(g, 1 - beta2)));
    NDArray deviation = v.div(number(g, second)).sqrt().add(EPSILON);
    NDArray change = m.mul(number(g, -rate / first)).div(deviation);
    change.add(moment.parameter().array()).copyTo(moment.parameter().array());
    m.copyTo(moment.first().array());
    v.copyTo(moment.second().array());
  }

  private static NDArray number(NDArray neighbour, double value) {
    return Constants.of(neighbour, value);
  }
}
