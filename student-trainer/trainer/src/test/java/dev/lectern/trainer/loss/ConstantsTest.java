package dev.lectern.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.layer.GradientMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class ConstantsTest {
  private static final float[] LOGITS = {0.3f, -1.2f, 2.5f, 0.1f, -0.7f, 1.9f, 0.4f, -2.2f};
  private static final float[] TEACHER = {1.3f, -0.2f, 0.5f, 2.1f, 0.7f, -1.9f, 0.2f, -0.1f};

  @Test
  void numbersSurviveACollectionBetweenForwardAndBackward() throws InterruptedException {
    assertGradientSurvives(Rows::zero);
    assertGradientSurvives(x -> ChannelWiseDistillationLoss.loss(x, teacher(x), 4));
    assertGradientSurvives(
        x ->
            LocalizationDistillationLoss.perEdge(
                    x.reshape(2, 4), teacher(x).reshape(2, 4), 10, Variant.OFFICIAL)
                .sum());
    assertGradientSurvives(x -> FeatureSquaredLoss.mean(x, teacher(x)));
  }

  private static void assertGradientSurvives(UnaryOperator<NDArray> loss)
      throws InterruptedException {
    assertThat(gradient(loss, Collection.FORCED)).containsExactly(gradient(loss, Collection.NONE));
  }

  private enum Collection {
    NONE,
    FORCED
  }

  private static float[] gradient(UnaryOperator<NDArray> loss, Collection collection)
      throws InterruptedException {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray x = manager.create(LOGITS, new Shape(1, 2, 2, 2));
      x.setRequiresGradient(true);
      NDArray value = GradientMode.recording(() -> loss.apply(x));
      List<ByteBuffer> overwriting = new ArrayList<>();
      if (collection == Collection.FORCED) {
        collectAndOverwrite(overwriting);
      }
      NDArray one = value.onesLike();
      GradientMode.recording(
          () -> {
            JniUtils.backward((PtNDArray) value, (PtNDArray) one, false, false);
            return value;
          });
      return x.getGradient().toFloatArray();
    }
  }

  /** Frees what nothing refers to, and fills the freed memory with a huge number. */
  private static void collectAndOverwrite(List<ByteBuffer> overwriting)
      throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(30);
    }
    for (int i = 0; i < 20_000; i++) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(4);
      buffer.putInt(0x7F7F7F7F);
      overwriting.add(buffer);
    }
  }

  private static NDArray teacher(NDArray x) {
    return x.getManager().create(TEACHER, x.getShape());
  }
}
