package dev.lectern.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CocoEvaluatorTest {
  private static final Offset<Double> EXACT = within(1e-12);
  private static final Map<String, String> REFERENCE_NAMES =
      Map.of(
          "AP_small",
          "APs",
          "AP_medium",
          "APm",
          "AP_large",
          "APl",
          "AR_1",
          "AR1",
          "AR_10",
          "AR10",
          "AR_100",
          "AR100",
          "AR_small",
          "ARs",
          "AR_medium",
          "ARm",
          "AR_large",
          "ARl");

  /** As pycocotools counts them; src/test/resources/pycocotools/SOURCE.md. */
  @Test
  void everyFigureEqualsTheReferenceTool() throws IOException {
    assertEqualsReference(Path.of("src/test/resources/pycocotools/val2014-100"));
  }

  @Test
  void everyFigureOfARealDetectorEqualsTheReferenceTool() throws IOException {
    assertEqualsReference(EvalFixtures.folder("coco-mini-val-nanodet-m"));
  }

  private static void assertEqualsReference(Path folder) throws IOException {
    // Given
    JsonNode expected = new ObjectMapper().readTree(folder.resolve("expected.json").toFile());

    // When
    GroundTruthSet truth = CocoJson.readGroundTruth(folder.resolve("gt.json"));
    CocoMetrics metrics =
        CocoEvaluator.evaluate(truth, CocoJson.readDetections(folder.resolve("dt.json"), truth));

    // Then
    JsonNode actual = new ObjectMapper().valueToTree(metrics);
    assertThat(expected.get("stats")).hasSize(12);
    expected
        .get("stats")
        .properties()
        .forEach(
            stat ->
                assertThat(
                        actual
                            .get(REFERENCE_NAMES.getOrDefault(stat.getKey(), stat.getKey()))
                            .doubleValue())
                    .as(stat.getKey())
                    .isCloseTo(stat.getValue().doubleValue(), EXACT));
    assertThat(expected.get("AP_per_iou")).hasSize(10);
    expected
        .get("AP_per_iou")
        .properties()
        .forEach(
            iou ->
                assertThat(metrics.perThreshold().get(iou.getKey()))
                    .as("AP at " + iou.getKey())
                    .isCloseTo(iou.getValue().doubleValue(), EXACT));
    int compared = 0;
    for (CategoryMetrics category : metrics.perCategory()) {
      JsonNode reference = expected.get("per_category").get(Long.toString(category.id()));
      if (reference == null) {
        assertThat(category.ap()).as("category without ground truth").isEqualTo(-1);
        continue;
      }
      assertThat(category.ap())
          .as(category.name())
          .isCloseTo(reference.get("AP").doubleValue(), EXACT);
      assertThat(category.ap50())
          .as(category.name())
          .isCloseTo(reference.get("AP50").doubleValue(), EXACT);
      assertThat(category.ap75())
          .as(category.name())
          .isCloseTo(reference.get("AP75").doubleValue(), EXACT);
      assertThat(category.ar100())
          .as(category.name())
          .isCloseTo(reference.get("AR_100").doubleValue(), EXACT);
      compared++;
    }
    assertThat(compared).isEqualTo(expected.get("per_category").size());
  }

  @Test
  void aPerfectDetectorScoresOne() {
    // Given one medium object, 50 x 50 = 2500 square pixels
    GroundTruthSet truth = truth(object(1, 0, 0, 50, 50, false));

    // When
    CocoMetrics metrics = CocoEvaluator.evaluate(truth, List.of(detection(1, 0, 0, 50, 50, 0.9)));

    // Then
    assertThat(metrics.ap()).isCloseTo(1, EXACT);
    assertThat(metrics.ar1()).isEqualTo(1);
    assertThat(metrics.apMedium()).isCloseTo(1, EXACT);
    assertThat(metrics.apSmall()).isEqualTo(-1);
    assertThat(metrics.apLarge()).isEqualTo(-1);
  }

  @Test
  void aWrongDetectionBeforeTheRightOneHalvesThePrecision() {
    // Given
    GroundTruthSet truth = truth(object(1, 0, 0, 50, 50, false));

    // When
    CocoMetrics metrics =
        CocoEvaluator.evaluate(
            truth, List.of(detection(1, 200, 200, 50, 50, 0.9), detection(1, 0, 0, 50, 50, 0.8)));

    // Then
    assertThat(metrics.ap()).isCloseTo(0.5, EXACT);
    assertThat(metrics.ar1()).as("only the wrong one is among the first one").isEqualTo(0);
    assertThat(metrics.ar10()).isEqualTo(1);
  }

  @Test
  void detectionsInACrowdAreNeitherRightNorWrong() {
    // Given
    GroundTruthSet truth =
        truth(object(1, 0, 0, 50, 50, false), object(1, 100, 100, 200, 200, true));

    // When
    CocoMetrics metrics =
        CocoEvaluator.evaluate(
            truth,
            List.of(
                detection(1, 110, 110, 20, 20, 0.99),
                detection(1, 150, 150, 30, 30, 0.95),
                detection(1, 0, 0, 50, 50, 0.5)));

    // Then
    assertThat(metrics.ap()).isCloseTo(1, EXACT);
  }

  @Test
  void nothingToMeasureGivesMinusOne() {
    // Given
    GroundTruthSet truth = truth();

    // When
    CocoMetrics metrics = CocoEvaluator.evaluate(truth, List.of(detection(1, 0, 0, 5, 5, 0.9)));

    // Then
    assertThat(metrics.ap()).isEqualTo(-1);
    assertThat(metrics.ar100()).isEqualTo(-1);
  }

  @Test
  void noDetectionGivesZero() {
    // Given
    GroundTruthSet truth = truth(object(1, 0, 0, 50, 50, false));

    // When
    CocoMetrics metrics = CocoEvaluator.evaluate(truth, List.of());

    // Then
    assertThat(metrics.ap()).isZero();
    assertThat(metrics.ar100()).isZero();
  }

  @Test
  void onlyTheHundredSurestDetectionsOfAnImageCount() {
    // Given
    GroundTruthSet truth = truth(object(1, 0, 0, 50, 50, false));
    List<Detection> detections = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      detections.add(detection(1, 300, 300, 10, 10, 0.9));
    }
    detections.add(detection(1, 0, 0, 50, 50, 0.1));

    // When
    CocoMetrics metrics = CocoEvaluator.evaluate(truth, detections);

    // Then
    assertThat(metrics.ar100()).isZero();
  }

  @Test
  void theSummaryHasTwelveLinesInTheKnownLayout() {
    // Given
    GroundTruthSet truth = truth(object(1, 0, 0, 50, 50, false));

    // When
    String summary =
        CocoEvaluator.evaluate(truth, List.of(detection(1, 0, 0, 50, 50, 0.9))).summary();

    // Then
    assertThat(summary.lines())
        .hasSize(12)
        .startsWith(
            " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 1.000")
        .contains(" Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 1.000")
        .endsWith(
            " Average Recall     (AR) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = -1.000");
  }

  @Test
  void aDetectionOfAnUnknownImageIsRefused() {
    GroundTruthSet truth = truth();

    assertThatThrownBy(() -> CocoEvaluator.evaluate(truth, List.of(detection(99, 0, 0, 5, 5, 0.5))))
        .hasMessage("detection 0: image id 99 is not among the images");
  }

  private static GroundTruthSet truth(TruthBox... objects) {
    return new GroundTruthSet(List.of(1L, 2L), List.of(new Category(7, "thing")), List.of(objects));
  }

  private static TruthBox object(
      long image, double x, double y, double w, double h, boolean crowd) {
    return new TruthBox(image, 7, new Box(x, y, w, h), w * h, crowd);
  }

  private static Detection detection(
      long image, double x, double y, double w, double h, double score) {
    return new Detection(image, 7, new Box(x, y, w, h), score);
  }
}
