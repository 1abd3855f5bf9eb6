package dev.lectern.detector.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.schemas.descriptor.TensorRole;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Prints the CPU time of passes of native networks on one thread; a measurement that is run by
 * hand:
 *
 * <pre>
 *   mvn -q -pl student-trainer/detector -am test -Dtest=StepSpeed \\
 *       -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
class StepSpeed {
  private static final int WARM_UP = 5;
  private static final int REPEATS = 15;

  @ParameterizedTest
  @CsvSource({
    "18, 16, 32, 2, batch, 160, 8",
    "18, 16, 32, 2, group, 160, 8",
    "18, 16, 64, 2, batch, 160, 8",
    "18, 32, 64, 2, batch, 160, 8",
  })
  void cost(
      int depth,
      int width,
      int channels,
      int headDepth,
      String normalization,
      int side,
      int batch) {
    String yaml =
        String.format(
            "{classes: 5, bins: 9, strides: [8, 16, 32], backbone: {depth: %d, width: %d,"
                + " normalization: %s}, neck: {channels: %d}, head: {depth: %d, channels: %d}}",
            depth, width, normalization, channels, headDepth, channels);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector detector = Detectors.create(DetectorSpec.parse(yaml, "speed"), manager, 1)) {
      double forward = milliseconds(() -> GradientMode.off(() -> forward(detector, side, batch)));
      double step = milliseconds(() -> GradientMode.recording(() -> step(detector, side, batch)));
      System.out.printf(
          "ResNet-%d width %d %s, neck and head %d, head depth %d, %dx%d, batch %d, %,d values:"
              + " forward %.1f ms, forward and backward %.1f ms%n",
          depth,
          width,
          normalization,
          channels,
          headDepth,
          side,
          side,
          batch,
          detector.parameters().valueCount(),
          forward,
          step);
    }
  }

  private static void forward(Detector detector, int side, int batch) {
    try (NDManager scope = NDManager.newBaseManager("PyTorch")) {
      NDArray images = scope.ones(new Shape(batch, 3, side, side));
      sum(detector.forward(images, Mode.EVALUATE)).getFloat();
    }
  }

  private static void step(Detector detector, int side, int batch) {
    try (NDManager scope = NDManager.newBaseManager("PyTorch")) {
      NDArray images = scope.ones(new Shape(batch, 3, side, side));
      NDArray loss = sum(detector.forward(images, Mode.TRAIN));
      JniUtils.backward((PtNDArray) loss, (PtNDArray) scope.create(1f), false, false);
      detector.parameters().clearGradients();
    }
  }

  private static NDArray sum(Outputs<NDArray> outputs) {
    NDArray sum =
        outputs
            .get(TensorRole.CLASS_LOGITS, 0)
            .sum()
            .add(outputs.get(TensorRole.BOX_DISTRIBUTION, 0).sum());
    for (int level = 1; level < outputs.get(TensorRole.CLASS_LOGITS).size(); level++) {
      sum = sum.add(outputs.get(TensorRole.CLASS_LOGITS, level).sum());
      sum = sum.add(outputs.get(TensorRole.BOX_DISTRIBUTION, level).sum());
    }
    return sum;
  }

  /** Median of the calling thread's CPU time, which other work on the machine hardly changes. */
  private static double milliseconds(Runnable work) {
    for (int i = 0; i < WARM_UP; i++) {
      work.run();
    }
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    double[] times = new double[REPEATS];
    for (int i = 0; i < REPEATS; i++) {
      long start = threads.getCurrentThreadCpuTime();
      work.run();
      times[i] = (threads.getCurrentThreadCpuTime() - start) / 1e6;
    }
    Arrays.sort(times);
    return times[REPEATS / 2];
  }
}
