package dev.lectern.trainer.distil;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.ConfigKey;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MethodsTest {
  static List<String> names() {
    return Methods.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyMethodNeedsSomethingOfTheTeacherByDefault(String name) {
    assertThat(Methods.of(name).needs().teacher()).isNotEmpty();
    assertThat(Methods.of(name).weight()).isPositive();
  }

  @ParameterizedTest
  @MethodSource("names")
  void writtenAndReadAgainItIsTheSame(String name) {
    Method method = Methods.of(name);

    assertThat(Methods.list(Methods.toYaml(List.of(method)))).containsExactly(method);
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyMethodSaysWhereItComesFromAndWhatItComputes(String name) {
    About about = Methods.named(name).getAnnotation(About.class);

    assertThat(about.title()).isNotBlank();
    assertThat(about.paper())
        .containsAnyOf("arXiv", "NIPS", "CVPR", "ICLR", "reconstruction", "public code");
    assertThat(about.formula()).containsAnyOf("weight", "cwd").doesNotContain("\n");
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyKeySaysWhatItMeans(String name) {
    assertThat(ConfigKey.of(Methods.named(name)))
        .allSatisfy(key -> assertThat(key.meaning()).as(key.name()).isNotBlank())
        .extracting(ConfigKey::name)
        .contains("weight", "precision", "teachers", "schedule")
        .doesNotHaveDuplicates();
  }

  @Test
  void theFormOfKdFollowsItsVariant() {
    assertThat(Methods.of("kd")).isEqualTo(Methods.of("{name: kd, form: sigmoid, weight: 1}"));
    assertThat(Methods.of("{name: kd, variant: official}"))
        .isEqualTo(Methods.of("{name: kd, variant: official, form: softmax, weight: 10}"));
    assertThat(Methods.of("{name: kd, variant: paper}").weight()).isEqualTo(0.125);
  }

  /** As checkpoints of the first versions hold them. */
  @Test
  void theListOfAnEarlierVersionIsRead() {
    String written =
        """
        ---
        - name: "ld"
          weight: 0.25
          temperature: 10.0
          region: "vlr"
          variant: "official"
          scale-t2: "yes"
          gamma: 0.5
        - name: "cwd"
          weight: 5.0
          temperature: 1.0
          levels:
          - 0
          adapter: "auto"
          teachers:
          - recording: "r"
            weight: 1.0
          schedule:
            warm-up-steps: 3
            warm-up-epochs: 0.0
            decay: "linear"
            end-factor: 0.0
        """;

    assertThat(Methods.list(written))
        .containsExactly(
            Methods.of("{name: ld, region: vlr, variant: official, gamma: 0.5}"),
            Methods.of(
                "{name: cwd, levels: [0], teachers: [r],"
                    + " schedule: {warm-up-steps: 3, decay: linear}}"));
    assertThat(Methods.list("--- []\n")).isEmpty();
    assertThat(Methods.list(Methods.toYaml(List.of()))).isEmpty();
  }

  @Test
  void aKeyThatWasRenamedIsStillRead() {
    assertThat(Methods.of("{name: gid, least-side: 4}"))
        .isEqualTo(Methods.of("{name: gid, min-side: 4}"))
        .isNotEqualTo(Methods.of("gid"));
  }

  @Test
  void anUnknownNameGetsTheNearestOne() {
    assertThatThrownBy(() -> Methods.named("cwd_logit"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("unknown loss 'cwd_logit' (did you mean 'cwd_logits'?)");
  }

  /** The README's table of strengths, row by row. */
  @ParameterizedTest
  @MethodSource("names")
  void theReadmeStatesTheStrength(String name) throws IOException {
    String strength = Methods.named(name).getAnnotation(About.class).strength();

    assertThat(Files.readString(Path.of("README.md")))
        .contains("| `" + name + "` | " + strength + " |");
  }

  /** The README's table of methods, row by row. */
  @ParameterizedTest
  @MethodSource("names")
  void theReadmeStatesTheDefaults(String name) throws IOException {
    List<ConfigKey> keys = ConfigKey.of(Methods.named(name));
    String row =
        Files.readString(Path.of("README.md"))
            .lines()
            .filter(line -> line.startsWith("| `" + name + "` | ") && line.split("\\|").length > 5)
            .findFirst()
            .orElseThrow();
    String[] cells = row.split(" *\\| *");

    assertThat(cells[2].replace(" *", ""))
        .isEqualTo(shown(keys, "weight").replaceFirst(" \\(.*", "").replace("* ", ""));
    assertThat(cells[3]).isEqualTo(shown(keys, "temperature"));
    if (!cells[4].startsWith("as `ld`")) {
      for (ConfigKey key : keys) {
        if (key.name().equals("region")) {
          assertThat(cells[4]).contains("`" + String.join("`, `", key.choices()) + "`");
        } else if (!SHARED.contains(key.name())) {
          assertThat(cells[4]).contains("`" + key.name() + "`");
        }
      }
    }
  }

  private static final List<String> SHARED =
      List.of(
          "weight",
          "temperature",
          "region",
          "variant",
          "levels",
          "adapter",
          "precision",
          "teachers",
          "schedule",
          "share");

  private static String shown(List<ConfigKey> keys, String name) {
    return keys.stream()
        .filter(key -> key.name().equals(name))
        .map(ConfigKey::shownDefault)
        .findFirst()
        .orElse("");
  }
}
