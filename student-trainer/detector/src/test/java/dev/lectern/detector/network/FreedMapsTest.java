package dev.lectern.detector.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a pass lets go of before backward is not what backward still reads. */
class FreedMapsTest {

  /** Of PSPNet the weights of resampling, of RepPoints the shares of gradients are numbers. */
  @ParameterizedTest
  @ValueSource(strings = {"pspnet_mbv2", "reppoints_mbv2", "yolov8n"})
  void gradientsSurviveACollectionBetweenForwardAndBackward(String preset) throws Exception {
    assertThat(gradients(preset, true)).containsExactly(gradients(preset, false));
  }

  /** The sum of each parameter's gradient. */
  private static float[] gradients(String preset, boolean collects) throws InterruptedException {
    DetectorSpec spec = DetectorSpec.parse("{preset: " + preset + ", classes: 3}", preset);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector detector = Detectors.create(spec, manager, 1)) {
      NDArray images = images(manager);
      NDArray loss =
          GradientMode.recording(
              () ->
                  detector.forward(images, Mode.TRAIN).all().stream()
                      .map(output -> output.mul(output).mean())
                      .reduce(NDArray::add)
                      .orElseThrow());
      List<ByteBuffer> overwriting = collects ? collectAndOverwrite() : List.of();
      GradientMode.recording(
          () -> {
            JniUtils.backward((PtNDArray) loss, (PtNDArray) loss.onesLike(), false, false);
            return loss;
          });
      assertThat(overwriting).hasSize(collects ? 20_000 : 0);
      List<Float> sums = new ArrayList<>();
      detector
          .parameters()
          .learned()
          .forEach(parameter -> sums.add(parameter.gradient(manager).sum().getFloat()));
      float[] all = new float[sums.size()];
      for (int i = 0; i < all.length; i++) {
        all[i] = sums.get(i);
      }
      return all;
    }
  }

  private static NDArray images(NDManager manager) {
    Random random = new Random(1);
    float[] values = new float[2 * 3 * 128 * 128];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, new Shape(2, 3, 128, 128));
  }

  /** Frees what nothing refers to, and fills the freed memory with a huge number. */
  private static List<ByteBuffer> collectAndOverwrite() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(30);
    }
    List<ByteBuffer> overwriting = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      overwriting.add(ByteBuffer.allocateDirect(4).putInt(0, 0x7F7F7F7F));
    }
    return overwriting;
  }
}
