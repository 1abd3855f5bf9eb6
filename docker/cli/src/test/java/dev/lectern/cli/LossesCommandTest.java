package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.trainer.distil.About;
import dev.lectern.trainer.distil.Methods;
import org.junit.jupiter.api.Test;

class LossesCommandTest {
  @Test
  void withoutArgumentsEveryLossIsListedWithItsPaper() {
    CommandRun result = CommandRun.of("losses");

    assertThat(result.exitCode()).isZero();
    for (String name : Methods.names()) {
      assertThat(result.out())
          .contains(
              System.lineSeparator() + name + " ",
              Methods.named(name).getAnnotation(About.class).paper());
    }
    assertThat(result.out()).contains("cwd_logits                3    4  class logits");
  }

  @Test
  void oneLossIsExplainedWithItsKeysAndDefaults() {
    CommandRun result = CommandRun.of("losses", "ld");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .startsWith("ld: localization distillation")
        .contains("arXiv:2102.12252", "  weight      0.25", "  temperature 10")
        .contains(
            "  region      main, vlr, vlr_paper, vlr_paper_without_main, inside_box_without_main")
        .contains("  variant     normalised, official, paper (the first)")
        .contains("  gamma       0.25; 0 to 1; lower bound of the vlr regions")
        .contains("  schedule.detach-epoch", "  teachers    all recordings")
        .doesNotContain("levels  ");
  }

  @Test
  void aWeightThatDependsOnTheNumberOfClassesSaysHow() {
    assertThat(CommandRun.of("losses").out()).contains("kd                        1    2  class");
    assertThat(CommandRun.of("losses", "kd").out())
        .contains("  weight      1 (variant official: 10, paper: 0.125)");
  }

  @Test
  void aLossWithoutTemperatureShowsNone() {
    CommandRun result = CommandRun.of("losses", "fitnets");

    assertThat(result.out()).contains("  levels      all").doesNotContain("  temperature ");
  }

  @Test
  void everyLossCanBeExplained() {
    for (String key : Methods.names()) {
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
