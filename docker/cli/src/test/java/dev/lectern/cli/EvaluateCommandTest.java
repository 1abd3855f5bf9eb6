package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {
  private static final String TRUTH =
      """
      {"images": [{"id": 7}],
       "categories": [{"id": 3, "name": "cat"}],
       "annotations": [
         {"id": 1, "image_id": 7, "category_id": 3, "bbox": [0, 0, 10, 10], "area": 100}]}
      """;

  @TempDir private Path dir;
  private Path truth;
  private Path detections;

  @BeforeEach
  void writeTruth() throws Exception {
    truth = Files.writeString(dir.resolve("gt.json"), TRUTH);
    detections = dir.resolve("dt.json");
  }

  @Test
  void aPerfectDetectionScoresOneInTwelveFigures() throws Exception {
    Files.writeString(
        detections,
        "[{\"image_id\": 7, \"category_id\": 3, \"bbox\": [0, 0, 10, 10], \"score\": 0.9}]");

    CommandRun run = evaluate("--json");

    assertThat(run.exitCode()).isZero();
    JsonNode json = new ObjectMapper().readTree(run.out());
    for (String key : new String[] {"AP", "AP50", "AP75", "APs", "AR1", "AR10", "AR100", "ARs"}) {
      assertThat(json.get(key).asDouble()).as(key).isCloseTo(1.0, within(1e-12));
    }
    // There is no medium or large object to find.
    for (String key : new String[] {"APm", "APl", "ARm", "ARl"}) {
      assertThat(json.get(key).asDouble()).as(key).isEqualTo(-1.0);
    }
  }

  @Test
  void withoutJsonTheSummaryIsPrinted() throws Exception {
    Files.writeString(detections, "[]");

    CommandRun run = evaluate();

    assertThat(run.out().lines()).hasSize(12).first().asString().contains("Average Precision");
  }

  @Test
  void detailsAreClassesConfusionsAndInJsonPrecisionOverRecall() throws Exception {
    Files.writeString(
        detections,
        "[{\"image_id\": 7, \"category_id\": 3, \"bbox\": [0, 0, 10, 10], \"score\": 0.9}]");

    JsonNode json = new ObjectMapper().readTree(evaluate("--json", "--details").out());

    assertThat(json.at("/precisionRecall/0/precision50")).hasSize(101);
    assertThat(json.at("/confusion/counts").toString()).isEqualTo("[[1,0],[0,0]]");
    assertThat(evaluate("--details").out().lines())
        .hasSize(18)
        .contains(
            " cat                   1.000  1.000  1.000  1.000",
            " cat                       1: cat 1");
  }

  @Test
  void aPageShowsClassesCurvesAndConfusions() throws Exception {
    Files.writeString(
        detections,
        """
        [{"image_id": 7, "category_id": 3, "bbox": [0, 0, 10, 10], "score": 0.9},
         {"image_id": 7, "category_id": 3, "bbox": [50, 0, 10, 10], "score": 0.8}]
        """);
    Path page = dir.resolve("page.html");

    CommandRun run = evaluate("--page", page.toString());

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(Files.readString(page))
        .contains("<h1>Detections dt.json</h1>")
        // Precision 1 at every recall: the right detection is the more confident one
        .contains("<td>cat</td><td>1.000</td><td>1.000</td><td>1.000</td><td>1.000</td>")
        .contains("<figcaption>mean of 1 class", "<figcaption>cat")
        .contains("<td>cat</td><td>1</td><td>cat 1</td>")
        .contains("<td>no object</td><td>1</td><td>cat 1</td>")
        .doesNotContain("http", "<script");
  }

  @Test
  void aPageOfTheUsersOwnIsNotReplaced() throws Exception {
    Files.writeString(detections, "[]");
    Path page = Files.writeString(dir.resolve("page.html"), "mine");

    CommandRun run = evaluate("--page", page.toString());

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines()).hasSize(1).first().asString().contains("--page", "--force");
    assertThat(page).hasContent("mine");
  }

  @Test
  void aWrongDetectionsFileIsOneLine() throws Exception {
    Files.writeString(detections, "[{\"image_id\": 8, \"category_id\": 3}]");

    CommandRun run = evaluate();

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines()).hasSize(1).first().asString().contains(detections.toString());
  }

  @Test
  void nothingToMeasureIsAMistake() {
    CommandRun run = CommandRun.of("evaluate", "--json");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).startsWith("lectern: ").contains("--recording");
  }

  private CommandRun evaluate(String... more) {
    String[] arguments = new String[5 + more.length];
    arguments[0] = "evaluate";
    arguments[1] = "--ground-truth";
    arguments[2] = truth.toString();
    arguments[3] = "--detections";
    arguments[4] = detections.toString();
    System.arraycopy(more, 0, arguments, 5, more.length);
    return CommandRun.of(arguments);
  }
}
