package dev.lectern.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.trainer.loss.GeneralInstanceLoss.Comparison;
import dev.lectern.trainer.loss.TeacherBoundedRegressionLoss.Distance;
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
    NDArray weights = none(0);
    NDArray logits = none(0, 8);
    for (Variant variant : Variant.values()) {
      ofLogits.put(
          "ld " + variant,
          s -> LocalizationDistillationLoss.loss(s, logits, weights, 10, variant, 0.25, 4));
      ofLogits.put(
          "kd " + variant,
          s -> ClassificationDistillationLoss.loss(s, logits, weights, 2, variant, 10, 1));
    }
    ofLogits.put("qfl", s -> QualityFocalLoss.loss(s, new int[0], weights, weights, 2, 1));
    ofLogits.put("dfl", s -> DistributionFocalLoss.loss(s, new float[0], weights, 0.25, 4));
    ofLogits.put("focal", s -> FocalLoss.loss(s, new int[0], weights, 2, 0.25, 1));
    ofLogits.put(
        "response",
        s -> GeneralInstanceLoss.responses(s, logits, new boolean[0], Comparison.CROSS_ENTROPY));
    check(ofLogits, 0, 8);

    Map<String, Function<NDArray, NDArray>> ofBoxes = new LinkedHashMap<>();
    NDArray boxes = none(0, 4);
    ofBoxes.put("giou", s -> GeneralizedIouLoss.loss(s, boxes, weights, 2, 1));
    ofBoxes.put(
        "ciou", s -> CompleteIouLoss.loss(s, boxes, weights, CompleteIouLoss.Form.DETECTION, 2, 1));
    for (Distance distance : Distance.values()) {
      ofBoxes.put(
          "tbr " + distance,
          s ->
              TeacherBoundedRegressionLoss.loss(
                  s,
                  boxes,
                  weights,
                  TeacherBoundedRegressionLoss.gate(s, boxes, boxes, distance, 0.1)));
    }
    check(ofBoxes, 0, 4);

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
