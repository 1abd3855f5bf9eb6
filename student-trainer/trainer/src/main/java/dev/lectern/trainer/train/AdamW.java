package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
final class AdamW implements Optimizer {
  private final List<Parameter> parameters;
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final double weightDecay;
  private final NDManager manager;
  private final Map<String, NDArray> moments = new LinkedHashMap<>();
  private long steps;

  AdamW(
      List<Parameter> parameters,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      NDManager parent) {
    this.parameters = List.copyOf(parameters);
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.weightDecay = weightDecay;
    this.manager = parent.newSubManager();
    for (Parameter parameter : parameters) {
      moments.put("first/" + parameter.name(), manager.zeros(parameter.shape()));
      moments.put("second/" + parameter.name(), manager.zeros(parameter.shape()));
    }
  }

  @Override
  public void step(List<NDArray> gradients, double learningRate, NDManager scope) {
    steps++;
    double first = 1 - Math.pow(beta1, steps);
    double second = 1 - Math.pow(beta2, steps);
    GradientMode.off(
        () -> {
          for (int i = 0; i < parameters.size(); i++) {
            update(parameters.get(i), gradients.get(i), learningRate, first, second, scope);
          }
        });
  }

  private void update(
      Parameter parameter, NDArray g, double rate, double first, double second, NDManager scope) {
    NDArray w = parameter.array();
    NDArray m = moments.get("first/" + parameter.name());
    NDArray v = moments.get("second/" + parameter.name());
    if (weightDecay > 0 && parameter.decays()) {
      w.muli(1 - rate * weightDecay);
    }
    m.muli(beta1).addi(in(scope, g.mul(1 - beta1)));
    NDArray square = in(scope, g.mul(g));
    v.muli(beta2).addi(square.muli(1 - beta2));
    NDArray denominator = in(scope, v.sqrt()).divi(Math.sqrt(second)).addi(epsilon);
    w.subi(in(scope, m.mul(rate / first)).divi(denominator));
  }

  private static NDArray in(NDManager scope, NDArray array) {
    array.attach(scope);
    return array;
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public Map<String, NDArray> state() {
    return moments;
  }

  @Override
  public void restore(long stepsDone) {
    steps = stepsDone;
  }

  @Override
  public void close() {
    manager.close();
  }
}
