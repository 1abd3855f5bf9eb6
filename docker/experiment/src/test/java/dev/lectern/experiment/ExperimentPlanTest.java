package dev.lectern.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentPlanTest {
  @TempDir Path folder;

  @BeforeEach
  void run() throws IOException {
    Files.writeString(
        folder.resolve("run.yaml"),
        """
        bootstrap-servers: somewhere:9092
        recording: r
        epochs: 3
        student: {classes: 3}
        evaluation: {split: val, further-splits: [test]}
        """);
  }

  private Path plan(String text) throws IOException {
    return Files.writeString(folder.resolve("plan.yaml"), text);
  }

  @Test
  void everyRowIsTheRunWithItsOwnKeys() throws Exception {
    Path file =
        plan(
            """
            run: run.yaml
            rows:
              - {name: none}
              - {name: kd, set: {losses: [{name: kd}]}}
              - {name: other, set: {recording: s, losses: [{name: kd}]}}
              - {name: labels, set: {dataset: d}}
              - {name: alone, set: {dataset: d, weights: w.safetensors}, baseline: alone}
            claims: [{row: kd, above: -0.01}]
            """);
    ExperimentPlan plan = ExperimentPlan.load(file);
    assertThat(plan.seeds()).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(plan.split()).isEqualTo("test");
    assertThat(plan.baseline("kd")).isEqualTo("none");
    Map<String, ObjectNode> rows = plan.settings(file);
    assertThat(rows.keySet()).containsExactly("none", "kd", "other", "labels", "alone");
    assertThat(rows.get("none").has("losses")).isFalse();
    assertThat(rows.get("none").has("bootstrap-servers")).isFalse();
    assertThat(rows.get("kd").path("losses").get(0).path("name").asText()).isEqualTo("kd");
    assertThat(rows.get("alone").has("recording")).isFalse();
    assertThat(rows.get("alone").path("weights").asText())
        .isEqualTo(folder.resolve("w.safetensors").toString());
  }

  @Test
  void thePlanOfTheReadmeHasItsRowsOnOneBudget() throws Exception {
    Path file = Path.of("bccd", "plan.yaml");

    Map<String, ObjectNode> rows = ExperimentPlan.load(file).settings(file);

    assertThat(rows.keySet()).containsExactly("none", "kd", "ld", "ld-kd", "recipe", "gid");
    assertThat(rows.get("recipe").path("losses")).hasSize(3);
    assertThat(rows.get("none").path("epochs").asInt()).isEqualTo(12);
  }

  @Test
  void aPairOfUnequalBudgetIsRefused() throws Exception {
    Path file = plan("{run: run.yaml, rows: [{name: none}, {name: long, set: {epochs: 30}}]}");
    assertThatExceptionOfType(UserMistakeException.class)
        .isThrownBy(() -> ExperimentPlan.load(file).settings(file))
        .withMessageContaining(
            "row long: found another epochs than its baseline none has, expected the same");
  }

  @Test
  void aPairWithOtherClassesIsRefused() throws Exception {
    Path file =
        plan(
            """
            run: run.yaml
            rows: [{name: none}, {name: merged, set: {classes: {a: , b: , rest: [c, d]}}}]
            """);
    assertThatExceptionOfType(UserMistakeException.class)
        .isThrownBy(() -> ExperimentPlan.load(file).settings(file))
        .withMessageContaining("row merged: found another classes than its baseline none has");
  }

  @Test
  void clientPropertiesOfTheRunAreRefusedSinceTheyWouldBeKept() throws Exception {
    Path file = plan("{run: run.yaml, rows: [{name: none}]}");
    Path run = folder.resolve("run.yaml");
    Files.writeString(run, Files.readString(run) + "kafka: {security.protocol: SSL}\n");
    assertThatExceptionOfType(UserMistakeException.class)
        .isThrownBy(() -> ExperimentPlan.load(file).settings(file))
        .withMessageContaining("kafka: found client properties, expected none")
        .withMessageContaining("--kafka-properties");
  }

  @Test
  void aSplitThatNobodyMeasuresIsRefused() throws Exception {
    Path file = plan("{run: run.yaml, split: holdout, rows: [{name: none}]}");
    assertThatExceptionOfType(UserMistakeException.class)
        .isThrownBy(() -> ExperimentPlan.load(file).settings(file))
        .withMessageContaining("row none: measures [val, test], expected the split of the plan");
  }

  @Test
  void everyMistakeOfARowIsFoundBeforeAnythingRuns() throws Exception {
    Path file = plan("{run: run.yaml, rows: [{name: none}, {name: kd, set: {losess: []}}]}");
    assertThatExceptionOfType(UserMistakeException.class)
        .isThrownBy(() -> ExperimentPlan.load(file).settings(file))
        .withMessageContaining("row kd: unknown key 'losess'")
        .withMessageContaining("losses");
  }

  @Test
  void claimsAndBaselinesNameRows() throws Exception {
    assertThatExceptionOfType(UserMistakeException.class)
        .isThrownBy(
            () ->
                ExperimentPlan.load(
                    plan("{run: run.yaml, rows: [{name: none}], claims: [{row: kd}]}")))
        .withMessageContaining("claims: row: found kd, expected one of [none]");
    assertThatExceptionOfType(UserMistakeException.class)
        .isThrownBy(
            () -> ExperimentPlan.load(plan("{run: run.yaml, rows: [{name: a, baseline: b}]}")))
        .withMessageContaining("baseline: found b");
    assertThatExceptionOfType(UserMistakeException.class)
        .isThrownBy(
            () -> ExperimentPlan.load(plan("{run: run.yaml, rows: [{name: a, set: {seed: 3}}]}")))
        .withMessageContaining("which the experiment sets");
  }
}
