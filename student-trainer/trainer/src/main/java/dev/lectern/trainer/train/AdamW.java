package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.layer.Parameter;
import java.util.List;

/**
 * Adam with decoupled weight decay.
 *
 * <pre>
 *   w = w - rate · decay · w
 *   m = β1 m + (1 - β1) g      v = β2 v + (1 - β2) g²
 *   w = w - rate · (m / (1 - β1^t)) / (√(v / (1 - β2^t)) + ε)
 * </pre>
 *
 * <p>Loshchilov and Hutter 2019 (arXiv:1711.05101), algorithm 2, with the decay multiplied by the
 * rate as in PyTorch's {@code torch.optim.AdamW}.
 */
final class AdamW extends Optimizer {
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final double weightDecay;

  AdamW(
      List<Parameter> parameters,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      NDManager parent) {
    super(parameters, parent);
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.weightDecay = weightDecay;
    remember("first");
    remember("second");
  }

  @Override
  void update(Parameter parameter, NDArray g, double rate, NDManager scope) {
    double first = 1 - Math.pow(beta1, steps());
    double second = 1 - Math.pow(beta2, steps());
    NDArray w = parameter.array();
    NDArray m = remembered("first", parameter);
    NDArray v = remembered("second", parameter);
    if (weightDecay > 0 && parameter.decays()) {
      w.muli(1 - rate * weightDecay);
    }
    m.muli(beta1).addi(in(scope, g.mul(1 - beta1)));
    NDArray square = in(scope, g.mul(g));
    v.muli(beta2).addi(square.muli(1 - beta2));
    NDArray denominator = in(scope, v.sqrt()).divi(Math.sqrt(second)).addi(epsilon);
    w.subi(in(scope, m.mul(rate / first)).divi(denominator));
  }
}
