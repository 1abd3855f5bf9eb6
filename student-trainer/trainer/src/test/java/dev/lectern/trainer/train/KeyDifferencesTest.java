package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeyDifferencesTest {
  @Test
  void onlyTheKeysThatDifferAreNamed() {
    assertThat(
            KeyDifferences.of(
                "optimizer",
                "---\nname: \"SGD\"\nlearning-rate: 0.01\nmomentum: 0.9\n",
                "---\nname: \"SGD\"\nlearning-rate: 0.02\nnesterov: true\n"))
        .containsExactly(
            "optimizer.learning-rate is 0.02, was 0.01",
            "optimizer.momentum is nothing, was 0.9",
            "optimizer.nesterov is true, was nothing");
  }

  @Test
  void listsAreComparedByTheirPlaces() {
    assertThat(
            KeyDifferences.of(
                "losses", "[{name: ld, weight: 1}]", "[{name: ld, weight: 2}, {name: kd}]"))
        .containsExactly("losses.0.weight is 2, was 1", "losses.1.name is kd, was nothing");
    assertThat(KeyDifferences.of("student", "{strides: [8, 16]}", "{strides: [8, 32]}"))
        .containsExactly("student.strides is [8,32], was [8,16]");
  }

  @Test
  void aPlainValueIsNamedByItself() {
    assertThat(KeyDifferences.of("seed", "1", "2")).containsExactly("seed is 2, was 1");
    assertThat(KeyDifferences.of("teacher", null, "t@1: x"))
        .containsExactly("teacher.t@1 is x, was nothing");
  }
}
