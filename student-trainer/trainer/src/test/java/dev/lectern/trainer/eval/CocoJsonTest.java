package dev.lectern.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class CocoJsonTest {
  private static final String GOOD =
      """
      {"info": {"year": 2026},
       "images": [{"id": 5, "file_name": "a.jpg"}],
       "categories": [{"id": 18, "name": "dog", "supercategory": "animal"}],
       "annotations": [{"id": 1, "image_id": 5, "category_id": 18, "bbox": [1, 2, 3.5, 4], "area": 14,
                        "iscrowd": 1, "segmentation": {"counts": [1, 2], "size": [3, 4]}}]}
      """;

  @TempDir Path folder;

  @Test
  void whatBoxesNeedIsRead() throws IOException {
    // When
    GroundTruthSet truth = CocoJson.readGroundTruth(write(GOOD));

    // Then
    assertThat(truth.imageIds()).containsExactly(5L);
    assertThat(truth.categories()).containsExactly(new Category(18, "dog"));
    assertThat(truth.objects())
        .containsExactly(new TruthBox(5, 18, new Box(1, 2, 3.5, 4), 14, true));
  }

  @Test
  void detectionsAreRead() throws IOException {
    // Given
    GroundTruthSet truth = CocoJson.readGroundTruth(write(GOOD));

    // When
    List<Detection> detections =
        CocoJson.readDetections(
            write("[{\"image_id\":5,\"category_id\":18,\"bbox\":[1,2,3,4],\"score\":0.25}]"),
            truth);

    // Then
    assertThat(detections).containsExactly(new Detection(5, 18, new Box(1, 2, 3, 4), 0.25));
  }

  /** As a file has them that holds corners in another order. */
  @Test
  void detectionsOfNegativeWidthAreCountedInOneLine() throws IOException {
    GroundTruthSet truth = CocoJson.readGroundTruth(write(GOOD));

    String said =
        saidWhile(
            () ->
                CocoJson.readDetections(
                    write(
                        """
                        [{"image_id":5,"category_id":18,"bbox":[1,2,3,4],"score":0.25},
                         {"image_id":5,"category_id":18,"bbox":[4,2,-3,4],"score":0.25},
                         {"image_id":5,"category_id":18,"bbox":[1,6,3,-4],"score":0.25}]
                        """),
                    truth));

    assertThat(said)
        .contains("2 of 3 detections have a negative width or height, the first detections[1]");
  }

  @Test
  void annotationsWithoutAWidthAreCountedInOneLine() throws IOException {
    String flat =
        GOOD.replace("[1, 2, 3.5, 4]", "[4, 2, -3, 4]").replace("\"iscrowd\": 1", "\"iscrowd\": 0");

    assertThat(saidWhile(() -> CocoJson.readGroundTruth(write(flat))))
        .contains("1 of 1 annotations have no width or height, the first annotations[0], and");
  }

  @Test
  void aScoreThatNoNumberHoldsIsRefused() throws IOException {
    GroundTruthSet truth = CocoJson.readGroundTruth(write(GOOD));
    Path infinite =
        write("[{\"image_id\":5,\"category_id\":18,\"bbox\":[1,2,3,4],\"score\":1e999}]");

    assertThatThrownBy(() -> CocoJson.readDetections(infinite, truth))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("field 'score' is '1e999', expected a number");
  }

  private interface Reading {
    void run() throws IOException;
  }

  /** The one line of the log. */
  private static String saidWhile(Reading reading) throws IOException {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger(CocoJson.class);
    logger.addAppender(log);
    try {
      reading.run();
    } finally {
      logger.detachAppender(log);
    }
    assertThat(log.list).hasSize(1);
    return log.list.get(0).getFormattedMessage();
  }

  @Test
  void anAbsentFileIsOneLine() {
    Path absent = folder.resolve("absent.json");

    assertThatThrownBy(() -> CocoJson.readGroundTruth(absent))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(absent + ": not found");
  }

  @Test
  void malformedJsonNamesItsPlace() throws IOException {
    refuses("{\"images\": [\n{\"id\": 5,,}]}", "not valid JSON at line 2, column 10");
  }

  @Test
  void aFileCutShortNamesItsPlace() throws IOException {
    refuses(GOOD.substring(0, 120), "not valid JSON at line");
  }

  @Test
  void anEmptyFileIsRefused() throws IOException {
    refuses("", "the file is empty, expected an object");
  }

  @Test
  void aMissingSectionIsNamed() throws IOException {
    refuses("{\"images\": [], \"categories\": []}", "no field 'annotations'");
  }

  @Test
  void aMissingFieldIsNamed() throws IOException {
    refuses(
        GOOD.replace("\"category_id\"", "\"class\""),
        "annotations[0]: field 'category_id' is missing or of the wrong type");
    refuses(
        GOOD.replace("\"category_id\": 18", "\"category_id\": \"dog\""),
        "annotations[0]: field 'category_id' is 'dog', expected a whole number");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"surface\": 14",
        "\"area\": NaN",
        "\"area\": null",
        "\"area\": \"none\"",
        "\"area\": -4"
      })
  void aMissingAreaIsThatOfTheBox(String area) throws IOException {
    GroundTruthSet truth = CocoJson.readGroundTruth(write(GOOD.replace("\"area\": 14", area)));

    assertThat(truth.objects())
        .containsExactly(new TruthBox(5, 18, new Box(1, 2, 3.5, 4), 14, true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"5.0", "5e0", "\"5\"", "\"5.0\"", "50E-1"})
  void wholeNumbersAreReadInAnyNotationAndAsText(String five) throws IOException {
    String json = GOOD.replace("\"id\": 5", "\"id\": " + five).replace("18", five);
    GroundTruthSet truth =
        CocoJson.readGroundTruth(write(json.replace("\"image_id\": 5", "\"image_id\": " + five)));

    assertThat(truth.imageIds()).containsExactly(5L);
    assertThat(truth.categories()).containsExactly(new Category(5, "dog"));
    assertThat(truth.objects().get(0).imageId()).isEqualTo(5);
    assertThat(detections(five, five, truth)).hasSize(1);
  }

  @Test
  void idsOfImagesMayBeText() throws IOException {
    // Given: "img_1" sorts before "img_2", whatever comes first in the file
    String json =
        GOOD.replace("[{\"id\": 5", "[{\"id\": \"img_2\"}, {\"id\": \"img_1\"")
            .replace("\"image_id\": 5", "\"image_id\": \"img_2\"");

    GroundTruthSet truth = CocoJson.readGroundTruth(write(json));

    assertThat(truth.imageIds()).containsExactly(1L, 0L);
    assertThat(truth.objects().get(0).imageId()).isEqualTo(1);
    assertThat(detections("\"img_1\"", "18", truth).get(0).imageId()).isZero();
    assertThatThrownBy(() -> detections("\"img_3\"", "18", truth))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "detections[0]: image_id img_3 is not among the images of the ground truth");
    refuses(
        json.replace("\"image_id\": \"img_2\"", "\"image_id\": \"img_9\""),
        "annotations[0]: image_id img_9 is not among the images");
  }

  @Test
  void annotationsWithoutBoxAreLeftOutUnlessMostAre() throws IOException {
    String more =
        "}, {\"image_id\": 5, \"category_id\": 18, \"bbox\": [NaN, 1, 2, 3]}, {\"image_id\": 5, \"category_id\": 18},"
            + " {\"image_id\": 5, \"category_id\": 18, \"bbox\": [[1], 2, 3, 4]}]}";

    GroundTruthSet truth = CocoJson.readGroundTruth(write(GOOD.strip().replaceAll("}]}$", more)));

    assertThat(truth.objects()).hasSize(1);
    refuses(
        GOOD.replace("[1, 2, 3.5, 4]", "[1, 2, Infinity, 4]"),
        "1 of 1 annotations have no box, the first annotations[0]: field 'bbox' is not an array of 4"
            + " numbers [left, top, width, height]; correct the annotations");
  }

  @Test
  void detectionsMustBeNumbers() throws IOException {
    GroundTruthSet truth = CocoJson.readGroundTruth(write(GOOD));
    Path scores = write("[{\"image_id\":5,\"category_id\":18,\"bbox\":[1,2,3,4],\"score\":NaN}]");
    Path boxes = write("[{\"image_id\":5,\"category_id\":18,\"bbox\":[NaN,2,3,4],\"score\":1}]");

    assertThatThrownBy(() -> CocoJson.readDetections(scores, truth))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith("detections[0]: field 'score' is 'NaN', expected a number");
    assertThatThrownBy(() -> CocoJson.readDetections(boxes, truth))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("detections[0]: field 'bbox' is not an array of 4 numbers");
  }

  /** File and what is expected: figures (AP of exact detections) or the words of a refusal. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gt.json | dt.json | 1",
        "gt-bom.json | dt.json | 1",
        "gt-crowd.json | dt.json | 1",
        "gt-float.json | dt.json | 1",
        "gt-ignore.json | dt.json | 1",
        "gt-nan.json | dt.json | 1",
        "gt-noarea.json | dt.json | 1",
        "gt-nobbox.json | dt.json | 1",
        "gt-noiscrowd.json | dt.json | 1",
        "gt-str.json | dt-str.json | 1",
        "gt-strcat.json | dt.json | 1",
        "gt.json | dt-200.json | 1",
        "gt.json | empty.json | 0",
        "gt.json | dt-dup.json | 1",
        "gt-dupimg.json | dt.json | image id 1 occurs twice",
        "gt.json | dt-dict.json | expected an array",
        "gt.json | dt-5.json | not an array of 4 numbers",
        "gt.json | dt-nan.json | field 'score' is 'NaN'",
        "gt.json | dt-nanbox.json | not an array of 4 numbers",
        "gt.json | dt-noscore.json | field 'score' is missing",
        "gt.json | dt-str.json | image_id img_1 is not among the images",
        "gt.json | dt-strscore.json | field 'score' is '0.9'",
        "gt.json | dt-unkcat.json | category_id 77 is not among the categories",
        "gt.json | dt-unknown.json | image_id 99 is not among the images"
      })
  void filesThatUsersReported(String truthFile, String detectionsFile, String expected) {
    Path reported = EvalFixtures.field("e01-evaluate");
    Evaluation evaluation =
        () -> {
          GroundTruthSet truth = CocoJson.readGroundTruth(reported.resolve(truthFile));
          return CocoEvaluator.evaluate(
              truth, CocoJson.readDetections(reported.resolve(detectionsFile), truth));
        };

    if (Character.isDigit(expected.charAt(0))) {
      assertThat(evaluation.run().ap()).isCloseTo(Double.parseDouble(expected), within(1e-9));
    } else {
      assertThatThrownBy(evaluation::run)
          .isInstanceOf(UserMistakeException.class)
          .hasMessageContaining(expected);
    }
  }

  private interface Evaluation {
    CocoMetrics run();
  }

  private List<Detection> detections(String image, String category, GroundTruthSet truth)
      throws IOException {
    return CocoJson.readDetections(
        write(
            "[{\"image_id\":%s,\"category_id\":%s,\"bbox\":[1,2,3,4],\"score\":0.25}]"
                .formatted(image, category)),
        truth);
  }

  @Test
  void filesThatSayThingsTwiceAreRefused() throws IOException {
    refuses(
        GOOD.substring(0, GOOD.lastIndexOf('}')) + ",\"annotations\":[]}",
        "field 'annotations' occurs twice");
    refuses(GOOD + GOOD, "found more after its end, as if files were joined");
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "\"true\"", "1", "\"1\"", "1.0"})
  void crowdsMayBeMarkedInAnyWay(String mark) throws IOException {
    String text = GOOD.replaceFirst("\"iscrowd\" *: *1", "\"iscrowd\":" + mark);

    assertThat(CocoJson.readGroundTruth(write(text)).objects().get(0).crowd()).isTrue();
  }

  @Test
  void fractionsAreNoPixels() throws IOException {
    GroundTruthSet truth = CocoJson.readGroundTruth(write(GOOD));
    Path detections =
        write("[{\"image_id\":5,\"category_id\":18,\"bbox\":[0.1,0.2,0.3,1],\"score\":0.25}]");

    assertThatThrownBy(() -> CocoJson.readDetections(detections, truth))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith(
            "each of its 1 boxes lies within the first two pixels of its image, the first:"
                + " detections[0]: found bbox [0.1, 0.2, 0.3, 1.0]; expected pixels, these look like"
                + " fractions of the image");
  }

  @Test
  void aTenthOfFractionsIsTooMuch() throws IOException {
    String fraction = "[0.1, 0.2, 0.3, 0.4]";

    refuses(
        annotated("[20, 30, 20, 10]", fraction, fraction, fraction),
        "3 of its 4 boxes lie within the first two pixels of its image, the first: annotations[1]:"
            + " found bbox [0.1, 0.2, 0.3, 0.4]; expected pixels");
  }

  /** A poor detector may leave boxes without size in a corner. */
  @Test
  void someDetectionsInTheFirstPixelsAreNone() throws IOException {
    GroundTruthSet truth = CocoJson.readGroundTruth(write(annotated("[5, 5, 45, 35]")));
    String corner = detected("[0, 0, 0.3, 0.2]");
    String others = detected("[5, 5, 20, 20]") + "," + detected("[9, 5, 20, 20]");

    List<Detection> some =
        CocoJson.readDetections(write("[" + corner + "," + others + "," + others + "]"), truth);
    assertThat(some).hasSize(5);

    String four = String.join(",", corner, corner, corner, corner);
    Path most = write("[" + four + "," + others + "]");
    assertThatThrownBy(() -> CocoJson.readDetections(most, truth))
        .hasMessageContaining("4 of its 6 boxes lie within the first two pixels");
  }

  @Test
  void edgesAreNoSizes() throws IOException {
    String[] edges = {"[40, 30, 60, 44]", "[5, 5, 50, 40]", "[1, 1, 20, 20]"};
    refuses(
        annotated(edges),
        "1 of its 3 boxes reach beyond their images, the first: annotations[0]: found bbox [40.0,"
            + " 30.0, 60.0, 44.0]; expected width and height, these look like right and bottom"
            + " edges");

    // Detections of large objects may be so.
    GroundTruthSet truth = CocoJson.readGroundTruth(write(annotated("[5, 5, 45, 35]")));
    assertThat(
            saidWhile(
                () ->
                    CocoJson.readDetections(
                        write(
                            "["
                                + String.join(
                                    ",", Arrays.stream(edges).map(this::detected).toList())
                                + "]"),
                        truth)))
        .contains("1 of its 3 boxes reach beyond their images, the first: detections[0]");
  }

  private String detected(String box) {
    return "{\"image_id\":1,\"category_id\":1,\"bbox\":" + box + ",\"score\":0.5}";
  }

  @Test
  void boxesMayLeaveTheirImagesByAPixelOrTwo() throws IOException {
    String[] large = {"[-2, -2, 66, 50]", "[2, 2, 64, 48]", "[1, 1, 64, 48]"};

    assertThat(CocoJson.readGroundTruth(write(annotated(large))).objects()).hasSize(3);
    String unsized = annotated("[40, 30, 60, 44]", "[5, 5, 50, 40]", "[0, 0, 20, 20]");
    assertThat(
            CocoJson.readGroundTruth(write(unsized.replace(", \"width\": 64, \"height\": 48", "")))
                .objects())
        .hasSize(3);
  }

  @Test
  void twoCategoriesOfOneNameAreRefused() throws IOException {
    String two =
        GOOD.replace("\"categories\": [", "\"categories\": [{\"id\": 3, \"name\": \"dog \"}, ");
    // As exports write a category above the others that nothing is of.
    assertThat(CocoJson.readGroundTruth(write(two)).categories()).hasSize(2);

    refuses(
        two.replace(
            "\"annotations\": [",
            "\"annotations\": [{\"id\": 2, \"image_id\": 5, \"category_id\": 3, \"bbox\": [1, 2, 3, 4]},"),
        "categories 3 and 18 have the name 'dog', expected a name for each");
  }

  @Test
  void areasThatAreNotOfTheirBoxesAreSaid() throws IOException {
    String fractions = annotated("[5, 5, 50, 40]").replace("\"id\": 9", "\"area\": 0.65");

    assertThat(saidWhile(() -> CocoJson.readGroundTruth(write(fractions))))
        .contains(
            "1 of 1 annotations have an area more than 100 times larger or smaller than their box's,"
                + " the first annotations[0]; it decides which objects are small");
  }

  @Test
  void annotationsOfNoObjectAreSaid() throws IOException {
    assertThat(saidWhile(() -> CocoJson.readGroundTruth(write(GOOD))))
        .endsWith(
            "found no annotation of an object, only those of crowds (iscrowd); every figure is -1");
    assertThat(saidWhile(() -> CocoJson.readGroundTruth(write(annotated()))))
        .endsWith("found no annotation of an object; every figure is -1");
  }

  /** Annotations with boxes in an image of 64 by 48. */
  private static String annotated(String... boxes) {
    List<String> annotations =
        Arrays.stream(boxes)
            .map(box -> "{\"id\": 9, \"image_id\": 1, \"category_id\": 1, \"bbox\": " + box + "}")
            .toList();
    return """
    {"images": [{"id": 1, "width": 64, "height": 48}], "categories": [{"id": 1, "name": "dog"}],
     "annotations": [%s]}
    """
        .formatted(String.join(", ", annotations));
  }

  @Test
  void aBoxOfThreeNumbersIsRefused() throws IOException {
    refuses(
        GOOD.replace("3.5, 4]", "3.5]"),
        "annotations[0]: field 'bbox' is not an array of 4 numbers");
  }

  @Test
  void anUnknownImageIsNamed() throws IOException {
    refuses(
        GOOD.replace("\"image_id\": 5", "\"image_id\": 6"),
        "annotation 0: image id 6 is not among the images");
    refuses(
        GOOD.replace("\"image_id\": 5", "\"image_id\": \"x\""),
        "annotations[0]: image_id x is not among the images");
  }

  @Test
  void aDetectionOfAnUnknownCategoryIsNamed() throws IOException {
    GroundTruthSet truth = CocoJson.readGroundTruth(write(GOOD));
    Path detections =
        write("[{\"image_id\":5,\"category_id\":3,\"bbox\":[1,2,3,4],\"score\":0.25}]");

    assertThatThrownBy(() -> CocoJson.readDetections(detections, truth))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "detections[0]: category_id 3 is not among the categories of the ground truth");
  }

  private void refuses(String json, String message) throws IOException {
    Path file = write(json);
    assertThatThrownBy(() -> CocoJson.readGroundTruth(file))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  private Path write(String json) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "coco", ".json"), json);
  }
}
