package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LossCatalogueTest {
  @Test
  void everyNameOfTheConfigurationIsExplained() {
    assertThat(LossCatalogue.entries().stream().map(LossCatalogue.Entry::name))
        .containsExactlyInAnyOrder(LossConfig.Name.values());
  }

  @ParameterizedTest
  @EnumSource(LossConfig.Name.class)
  void aLossStartsFromTheDefaultsOfTheCatalogue(LossConfig.Name name) {
    LossConfig loss = LossConfig.of(name, null);

    LossCatalogue.Entry entry = LossCatalogue.entry(name);
    assertThat(loss.weight()).isEqualTo(entry.weight());
    assertThat(loss.temperature()).isEqualTo(entry.temperature().orElse(1));
    assertThat(loss.variant()).isEqualTo(entry.variants().get(0));
  }

  @Test
  void anUnknownNameGetsTheNearestOne() {
    assertThatThrownBy(() -> LossCatalogue.entry("cwd_logit"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("unknown loss 'cwd_logit' (did you mean 'cwd_logits'?)");
  }
}
