package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.TensorKind;
import org.junit.jupiter.api.Test;

class PartTest {
  @Test
  void theCodesOfStoresOnDiskStay() {
    assertThat(Part.VIEW.code()).isZero();
    assertThat(new Part(TensorKind.CLASS_SCORES).code()).isEqualTo((byte) 1);
    assertThat(new Part(TensorKind.BOX_LOGITS).code()).isEqualTo((byte) 2);
    assertThat(new Part(TensorKind.FPN_FEATURES).code()).isEqualTo((byte) 3);
  }

  @Test
  void everyPartIsFoundByItsCodeAndNoOther() {
    assertThat(Part.ofCode(0)).isEqualTo(Part.VIEW);
    for (TensorKind kind : TensorKind.values()) {
      assertThat(Part.ofCode(new Part(kind).code())).isEqualTo(new Part(kind));
    }
    assertThat(Part.ofCode(1 + TensorKind.values().length)).isNull();
    assertThat(Part.ofCode(-1)).isNull();
  }
}
