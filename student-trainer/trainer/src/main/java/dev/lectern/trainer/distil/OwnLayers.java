package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.loss.AttentionFusion.Norm;
import dev.lectern.trainer.loss.AttentionGuidedLoss.Affine;
import dev.lectern.trainer.objective.TermSite;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes the layers that one term learns by itself and keeps them in a fixed order. */
final class OwnLayers {
  private final TermSite site;
  private final List<Parameter> parameters = new ArrayList<>();

  OwnLayers(TermSite site) {
    this.site = site;
  }

  /** Normally distributed start values around 0. */
  NDArray normal(String name, double deviation, long... shape) {
    return kept(site.parameters().normal(site.name(name), deviation, shape));
  }

  /** The same start value everywhere. */
  NDArray constant(String name, double value, long... shape) {
    return kept(site.parameters().constant(site.name(name), value, shape));
  }

  /** Start values that keep the variance of what comes in: 1 / fan in. */
  NDArray kernel(String name, int out, int in, int size) {
    return normal(name, Math.sqrt(1.0 / ((double) in * size * size)), out, in, size, size);
  }

  /** Start values of {@link #kernel} for vectors, (out, in). */
  NDArray matrix(String name, int out, int in) {
    return normal(name, Math.sqrt(1.0 / in), out, in);
  }

  /** A convolution with bias: name.weight (out, in, size, size) and name.bias (out). */
  Affine convolution(String name, int out, int in, int size) {
    return new Affine(kernel(name + ".weight", out, in, size), bias(name, out));
  }

  /** A linear map with bias: name.weight (out, in) and name.bias (out). */
  Affine linear(String name, int out, int in) {
    return new Affine(matrix(name + ".weight", out, in), bias(name, out));
  }

  /** A bias that starts at 0. */
  NDArray bias(String name, int out) {
    return constant(name + ".bias", 0, out);
  }

  /** A normalisation by the statistics of the batch, with scale and shift. */
  Norm norm(String name, int channels) {
    return new Norm(
        constant(name + ".weight", 1, channels), bias(name, channels), Optional.empty());
  }

  private NDArray kept(Parameter parameter) {
    parameters.add(parameter);
    return parameter.array();
  }

  /** Everything made so far. */
  List<Parameter> made() {
    return List.copyOf(parameters);
  }
}
