package dev.lectern.trainer.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LossCatalogueTest {
  static List<Method> methods() {
    return LossCatalogue.methods();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aLossStartsFromTheDefaultsOfTheCatalogue(Method method) {
    LossConfig loss = LossConfig.of(method.name());

    assertThat(loss.weight(80)).isEqualTo(method.weight());
    assertThat(loss.temperature()).isEqualTo(method.temperature().orElse(1));
    assertThat(loss.variant()).isEqualTo(method.variants().get(0));
    for (MethodKey key : method.keys()) {
      assertThat(loss.toMap().get(key.name())).as(key.name()).isEqualTo(key.start());
    }
    assertThat(loss.needs().teacher()).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everyDefaultIsAllowed(Method method) {
    LossConfig loss = LossConfig.of(method.name());

    assertThat(LossConfig.of(loss.toMap())).isEqualTo(loss);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everyMethodSaysWhereItComesFromAndWhatItComputes(Method method) {
    assertThat(method.title()).isNotBlank();
    assertThat(method.paper()).containsAnyOf("arXiv", "NIPS", "CVPR", "ICLR", "reconstruction");
    assertThat(method.formula()).containsAnyOf("weight", "cwd").doesNotContain("\n");
  }

  @Test
  void kdIsAsStrongOnEveryClassWhateverTheirNumber() {
    // The published 10 multiplies a mean over 80 classes: 0.125 a class.
    assertThat(LossConfig.of("kd").weight(80)).isEqualTo(10);
    assertThat(LossConfig.of("kd").weight(3)).isEqualTo(0.375);
    assertThat(LossConfig.of("kd").weight(20)).isEqualTo(2.5);
    assertThat(LossConfig.of(Map.of("name", "kd", "variant", "paper")).weight(3)).isEqualTo(0.125);
    assertThat(LossConfig.of(Map.of("name", "kd", "weight", 10)).weight(3)).isEqualTo(10);
  }

  @Test
  void anUnknownNameGetsTheNearestOne() {
    assertThatThrownBy(() -> LossCatalogue.method("cwd_logit"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("unknown loss 'cwd_logit' (did you mean 'cwd_logits'?)");
  }
}
