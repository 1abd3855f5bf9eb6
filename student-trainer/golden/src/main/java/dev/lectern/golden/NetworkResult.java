package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameters;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What our network computes for one case.
 *
 * @param values outputs, detections and losses
 * @param gradientNorms Euclidean norm of the gradient of the loss by parameter; without those that
 *     do not learn
 */
public record NetworkResult(CaseResult values, Map<String, Double> gradientNorms) {
  /**
   * Adds the gradient of a loss.
   *
   * @param loss what is differentiated; a scalar
   */
  public static NetworkResult of(CaseResult values, NDArray loss, Parameters parameters) {
    JniUtils.backward((PtNDArray) loss, (PtNDArray) loss.onesLike(), false, false);
    Map<String, Double> norms = new LinkedHashMap<>();
    for (Parameter parameter : parameters.learned()) {
      try (NDManager scope = parameter.array().getManager().newSubManager()) {
        norms.put(parameter.name(), norm(parameter.gradient(scope).toFloatArray()));
      }
    }
    return new NetworkResult(values, norms);
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }
}
