package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.trainer.train.LossCatalogue;
import org.junit.jupiter.api.Test;

class LossesCommandTest {
  @Test
  void withoutArgumentsEveryLossIsListedWithItsPaper() {
    CommandRun result = CommandRun.of("losses");

    assertThat(result.exitCode()).isZero();
    for (LossCatalogue.Entry entry : LossCatalogue.entries()) {
      assertThat(result.out()).contains(System.lineSeparator() + entry.key() + " ", entry.paper());
    }
    assertThat(result.out()).contains("cwd_logits                3    4  logits");
  }

  @Test
  void oneLossIsExplainedWithItsKeysAndDefaults() {
    CommandRun result = CommandRun.of("losses", "ld");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .startsWith("ld: localization distillation")
        .contains("arXiv:2102.12252", "  weight      0.25", "  temperature 10")
        .contains("  region      main, vlr, vlr_paper, vlr_paper_without_main (the first)")
        .contains("  variant     official, paper (the first)")
        .doesNotContain("levels  ");
  }

  @Test
  void aLossWithoutTemperatureShowsNone() {
    CommandRun result = CommandRun.of("losses", "fitnets");

    assertThat(result.out()).contains("  levels      all").doesNotContain("  temperature ");
  }

  @Test
  void everyLossCanBeExplained() {
    for (String key : LossCatalogue.keys()) {
      assertThat(CommandRun.of("losses", key).exitCode()).as(key).isZero();
    }
  }

  @Test
  void anUnknownLossNamesTheNearestOne() {
    CommandRun result = CommandRun.of("losses", "fitnet");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("lectern: unknown loss 'fitnet' (did you mean 'fitnets'?)");
  }

  @Test
  void methodsNeedAFolder() {
    CommandRun result = CommandRun.of("losses", "--method", "ld");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--method: found no --verify DIR");
  }
}
