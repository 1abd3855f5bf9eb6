package dev.lectern.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigLoaderTest {
  record Inner(int batchSize) {
    Inner {
      if (batchSize < 1) {
        throw new UserMistakeException("batch-size: found " + batchSize + ", expected at least 1");
      }
    }
  }

  record Outer(String name, Inner inner, List<Double> weights) {}

  @Test
  void overridesWinOverTheFile() {
    Outer outer =
        ConfigLoader.bind(
            "name: a\ninner: {batch-size: 2}",
            List.of("inner.batch-size=8", "weights=[0.5, 2]"),
            Outer.class,
            "run.yaml");

    assertThat(outer).isEqualTo(new Outer("a", new Inner(8), List.of(0.5, 2.0)));
  }

  @Test
  void anUnknownKeyNamesThePathAndTheNearestKnownKey() {
    assertMistake(
        "inner: {batchsize: 2}",
        "run.yaml: unknown key 'inner.batchsize' (did you mean 'batch-size'?); known here: batch-size");
  }

  @Test
  void aValueOfTheWrongTypeNamesThePath() {
    assertThatThrownBy(
            () ->
                ConfigLoader.bind("inner: {batch-size: many}", List.of(), Outer.class, "run.yaml"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("run.yaml: key 'inner.batch-size': ");
  }

  @Test
  void whatTheRecordRefusesNamesThePath() {
    assertMistake(
        "inner: {batch-size: 0}",
        "run.yaml: key 'inner': batch-size: found 0, expected at least 1");
  }

  @Test
  void whatIsNotYamlNamesTheLine() {
    assertThatThrownBy(
            () -> ConfigLoader.bind("name: a\n  b: {", List.of(), Outer.class, "run.yaml"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("run.yaml: not YAML: line 2");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> ConfigLoader.load(Path.of("absent.yaml"), List.of(), Outer.class))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("config file absent.yaml: not found");
  }

  @Test
  void yamlRoundTrips() {
    Outer outer = new Outer("a", new Inner(3), List.of(1.0));

    assertThat(ConfigLoader.bind(ConfigLoader.toYaml(outer), List.of(), Outer.class, "text"))
        .isEqualTo(outer);
  }

  private static void assertMistake(String yaml, String message) {
    assertThatThrownBy(() -> ConfigLoader.bind(yaml, List.of(), Outer.class, "run.yaml"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(message);
  }
}
