package dev.lectern.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.trainer.loss.GeneralInstanceLoss.Comparison;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every loss on rows, where a batch has none. */
class EmptyRowsTest {
  @RegisterExtension private final Tensors tensors = new Tensors();

  @Test
  void valuesAreZeroAndBackwardWorks() {
    Map<String, Function<NDArray, NDArray>> ofLogits = new LinkedHashMap<>();
    NDArray logits = none(0, 8);
    ofLogits.put(
        "response",
        s -> GeneralInstanceLoss.responses(s, logits, new boolean[0], Comparison.CROSS_ENTROPY));
    check(ofLogits, 0, 8);

    Map<String, Function<NDArray, NDArray>> ofInstances = new LinkedHashMap<>();
    NDArray instances = none(0, 3, 2, 2);
    ofInstances.put("feature l1", s -> GeneralInstanceLoss.features(s, instances, Comparison.L1));
    ofInstances.put("feature paper", s -> GeneralInstanceLoss.featuresAsPrinted(s, instances));
    for (Variant variant : Variant.values()) {
      ofInstances.put(
          "relation " + variant, s -> GeneralInstanceLoss.relations(s, instances, variant));
    }
    ofInstances.put("mimic", s -> RoiMimicLoss.loss(s, instances));
    check(ofInstances, 0, 3, 2, 2);
  }

  private void check(Map<String, Function<NDArray, NDArray>> losses, long... shape) {
    losses.forEach(
        (name, loss) -> {
          NDArray student = none(shape);
          student.setRequiresGradient(true);
          NDArray value = loss.apply(student);
          assertThat(value.getFloat()).as(name).isZero();
          Tensors.backward(value);
        });
  }

  private NDArray none(long... shape) {
    return tensors.of(new Shape(shape));
  }
}
