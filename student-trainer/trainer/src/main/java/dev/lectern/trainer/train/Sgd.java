package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.layer.Parameter;
import java.util.List;

/**
 * Stochastic gradient descent with momentum, weight decay and Nesterov's variant.
 *
 * <pre>
 *   g = gradient + decay · w        v = momentum · v + g
 *   w = w - rate · v                with Nesterov: w = w - rate · (g + momentum · v)
 * </pre>
 *
 * <p>Sutskever et al. 2013 in the form that PyTorch documents for {@code torch.optim.SGD}; v starts
 * at 0.
 */
final class Sgd extends Optimizer {
  private final double momentum;
  private final boolean nesterov;
  private final double weightDecay;

  Sgd(
      List<Parameter> parameters,
      double momentum,
      boolean nesterov,
      double weightDecay,
      NDManager parent) {
    super(parameters, parent);
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.weightDecay = weightDecay;
    if (momentum > 0) {
      remember("velocity");
    }
  }

  @Override
  void update(Parameter parameter, NDArray gradient, double rate, NDManager scope) {
    NDArray w = parameter.array();
    NDArray g = gradient;
    if (weightDecay > 0 && parameter.decays()) {
      g = in(scope, g.add(in(scope, w.mul(weightDecay))));
    }
    NDArray direction = g;
    if (momentum > 0) {
      NDArray v = remembered("velocity", parameter);
      v.muli(momentum).addi(g);
      direction = nesterov ? in(scope, g.add(in(scope, v.mul(momentum)))) : v;
    }
    w.subi(in(scope, direction.mul(rate)));
  }
}
