package dev.lectern.bench.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.Detector;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Outputs;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * Training steps of a network on one batch: forward, backward of the sum over outputs of the mean
 * of squares, and plain SGD.
 */
final class NetworkSteps implements Steps {
  private final Detector detector;
  private final NDManager manager;
  private final float rate;
  private final NDArray images;

  /**
   * @param detector closed by its owner
   * @param images (N, 3, side, side), row-major
   */
  NetworkSteps(Detector detector, NDManager manager, float[] images, int side, double rate) {
    this.detector = detector;
    this.manager = manager;
    this.rate = (float) rate;
    this.images =
        manager.create(images, new Shape(images.length / (3 * side * side), 3, side, side));
  }

  /** What the family's head gives, one output after the other. */
  float[] outputs() {
    try (NDManager scope = manager.newSubManager()) {
      List<float[]> values =
          GradientMode.off(() -> forward(scope).all().stream().map(NDArray::toFloatArray).toList());
      float[] all = new float[values.stream().mapToInt(some -> some.length).sum()];
      int at = 0;
      for (float[] some : values) {
        System.arraycopy(some, 0, all, at, some.length);
        at += some.length;
      }
      return all;
    }
  }

  private Outputs<NDArray> forward(NDManager scope) {
    NDArray batch = images.duplicate();
    batch.attach(scope);
    return detector
        .forward(batch, Mode.TRAIN)
        .only(Families.of(detector.spec()).tensors(detector.spec()).keySet());
  }

  @Override
  public Time step() {
    long wall = System.nanoTime();
    long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    detector.parameters().clearGradients();
    try (NDManager scope = manager.newSubManager()) {
      GradientMode.recording(
          () -> {
            NDArray loss = null;
            for (NDArray output : forward(scope).all()) {
              NDArray mean = output.mul(output).mean();
              loss = loss == null ? mean : loss.add(mean);
            }
            JniUtils.backward((PtNDArray) loss, (PtNDArray) loss.onesLike(), false, false);
          });
      GradientMode.off(
          () -> {
            for (Parameter parameter : detector.parameters().learned()) {
              parameter.array().subi(parameter.gradient(scope).muli(rate));
            }
          });
    }
    return new Time(
        (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu) / 1e6,
        (System.nanoTime() - wall) / 1e6);
  }
}
