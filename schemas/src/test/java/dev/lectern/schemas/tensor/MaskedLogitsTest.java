package dev.lectern.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MaskedLogitsTest {
  @Test
  void whatMeansNeverBecomesTheLowestLogit() {
    Tensor logits =
        Tensor.of(
            "cls.0", new float[] {-3, Float.NEGATIVE_INFINITY, -1e6f, -10_000, 5, -9_999}, 6, 1, 1);

    Tensor clipped = MaskedLogits.clipped(List.of(logits)).get(0);

    assertThat(clipped.toArray()).containsExactly(-3, -10_000, -10_000, -10_000, 5, -9_999);
    assertThat(logits.toArray()).contains(Float.NEGATIVE_INFINITY);
  }

  @Test
  void whatIsNoMaskStaysToBeRefused() {
    Tensor logits = Tensor.of("cls.0", new float[] {Float.NaN, Float.POSITIVE_INFINITY}, 2, 1, 1);

    assertThat(MaskedLogits.clipped(List.of(logits)).get(0)).isSameAs(logits);
  }

  /** The reason of the bound, for each temperature at which it holds. */
  @Test
  void theLowestLogitIsSeenAsZero() {
    for (float temperature : new float[] {0.5f, 1, 2, 10, 96}) {
      float exp = (float) Math.exp(MaskedLogits.LOWEST / temperature);

      assertThat(exp).as("T=%s", temperature).isZero();
      assertThat(1 / (1 + (float) Math.exp(-MaskedLogits.LOWEST / temperature))).isZero();
    }
  }
}
