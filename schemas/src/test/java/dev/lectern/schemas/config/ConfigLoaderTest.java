package dev.lectern.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void aTabIsNamedWithItsPlace() {
    assertThatThrownBy(
            () -> ConfigLoader.bind("a:\n\tb: 1\n", List.of(), ObjectNode.class, "run.yaml"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "run.yaml: line 2, column 1: found a tab, expected spaces; YAML is indented with spaces"
                + " only");
  }

  /**
   * Jackson alone would keep the last key, take the anchor's name, and drop the second document.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "name: a\\nname: b|line 2: found key 'name' twice, expected it once",
        "inner:\\n  batch-size: 1\\n  batch-size: 2|line 3: found key 'batch-size' twice, expected it once",
        "weights: [{a: 1, a: 2}]|line 1: found key 'a' twice, expected it once",
        "name: &n mine\\nother: *n|line 2: found the alias *n, expected the value itself; write it out",
        "name: a\\n---\\nname: b|line 3: found a second document after '---', expected one",
      })
  void whatYamlWouldReadAsSomethingElseIsRefused(String yaml, String reason) {
    assertThatThrownBy(
            () ->
                ConfigLoader.bind(
                    yaml.replace("\\n", "\n"), List.of(), ObjectNode.class, "run.yaml"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("run.yaml: " + reason);
  }

  @Test
  void equalKeysOfTwoObjectsAndAMarkAtTheBeginningAreFine() {
    assertThat(
            ConfigLoader.bind(
                "\uFEFF---\na: {x: 1}\nb: {x: 2}\nc: [{x: 3}, {x: 4}]\n",
                List.of(),
                ObjectNode.class,
                "run.yaml"))
        .hasToString("{\"a\":{\"x\":1},\"b\":{\"x\":2},\"c\":[{\"x\":3},{\"x\":4}]}");
  }

  record Model(@FileName String file, Integer size) {}

  record Places(
      Path out,
      List<Path> parts,
      @FileName(orWord = true) String plan,
      Model model,
      List<Model> models,
      String name) {}

  @Test
  void fileNamesInAFileAreRelativeToIt(@TempDir Path dir) throws Exception {
    Path file = Files.createDirectories(dir.resolve("runs")).resolve("run.yaml");
    Files.writeString(
        file,
        """
        out: ../r18
        parts: [a.json, /tmp/b.json]
        plan: plan.yaml
        model: {file: teacher.onnx}
        models: [{file: other.onnx}]
        name: some.thing
        """);

    Places places = ConfigLoader.load(file, List.of("model.size=3"), Places.class);

    assertThat(places)
        .isEqualTo(
            new Places(
                dir.resolve("r18"),
                List.of(dir.resolve("runs/a.json"), Path.of("/tmp/b.json")),
                dir.resolve("runs/plan.yaml").toString(),
                new Model(dir.resolve("runs/teacher.onnx").toString(), 3),
                List.of(new Model(dir.resolve("runs/other.onnx").toString(), null)),
                "some.thing"));
  }

  @Test
  void wordsThatNoFileHasAndOverridesStayAsTheyAre(@TempDir Path dir) throws Exception {
    Path file = Files.writeString(dir.resolve("run.yaml"), "plan: nanodet");

    Places places =
        ConfigLoader.bind(
            ConfigLoader.toYaml(ConfigLoader.tree(file, List.of("out=here"), Places.class)),
            List.of(),
            Places.class,
            "test");

    assertThat(places.plan()).isEqualTo("nanodet");
    assertThat(places.out()).isEqualTo(Path.of("here"));
    assertThat(ConfigLoader.toPlacedYaml(places))
        .contains("plan: \"nanodet\"", Path.of("here").toAbsolutePath().toString());
  }

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
        "run.yaml: unknown key 'inner.batchsize' (did you mean 'batch-size'?); known here:"
            + " batch-size");
  }

  @Test
  void unknownKeysOfOneRecordAreNamedTogether() {
    assertMistake(
        "naem: a\nwieghts: []",
        "run.yaml: unknown keys 'naem' (did you mean 'name'?), 'wieghts' (did you mean"
            + " 'weights'?); known here: inner, name, weights");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          inner: {batch-size: many} | inner.batch-size | found 'many', expected a whole number
          inner: 3                  | inner            | found '3', expected key: value pairs
          weights: [0.5, much]      | weights.1        | found 'much', expected a number
          weights: 0.5              | weights          | found '0.5', expected a list
          name: [a]                 | name             | found a list, expected text
          """)
  void aValueOfTheWrongTypeSaysWhatWouldFit(String yaml, String key, String reason) {
    assertMistake(yaml, "run.yaml: key '" + key + "': " + reason);
  }

  private record Painted(Colour colour) {}

  private enum Colour {
    RED,
    DARK_BLUE
  }

  @Test
  void aWordThatIsNoneOfItsListNamesTheNearest() {
    assertThatThrownBy(
            () -> ConfigLoader.bind("colour: dark_blu", List.of(), Painted.class, "run.yaml"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "run.yaml: key 'colour': found 'dark_blu' (did you mean 'dark_blue'?), expected red,"
                + " dark_blue");
  }

  @Test
  void aFileThatIsNoTextSaysSo(@TempDir Path dir) throws IOException {
    Path file = Files.write(dir.resolve("model.onnx"), new byte[] {8, (byte) 0xff, (byte) 0xfe});

    assertThatThrownBy(() -> ConfigLoader.load(file, List.of(), Outer.class))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("config file " + file + ": found no UTF-8 text");
  }

  @Test
  void whatTheRecordRefusesNamesThePath() {
    assertMistake(
        "inner: {batch-size: 0}",
        "run.yaml: key 'inner': batch-size: found 0, expected at least 1");
  }

  @Test
  void everyMistakeIsNamedAtOnce() {
    assertMistake(
        "inner: {batch-size: many}\nweights: [0.5, much, more]\nnaem: a",
        "run.yaml: unknown key 'naem' (did you mean 'name'?); known here: inner, name, weights;"
            + " key 'inner.batch-size': found 'many', expected a whole number;"
            + " key 'weights.1': found 'much', expected a number;"
            + " key 'weights.2': found 'more', expected a number");
    assertMistake(
        "inner: {batch-size: 0}\nnaem: a",
        "run.yaml: unknown key 'naem' (did you mean 'name'?); known here: inner, name, weights;"
            + " key 'inner': batch-size: found 0, expected at least 1");
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
