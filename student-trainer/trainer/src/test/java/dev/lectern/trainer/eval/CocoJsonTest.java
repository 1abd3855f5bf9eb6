package dev.lectern.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void anAbsentFileIsOneLine() {
    Path absent = folder.resolve("absent.json");

    assertThatThrownBy(() -> CocoJson.readGroundTruth(absent))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(absent + ": no such file");
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
        GOOD.replace("\"area\"", "\"surface\""),
        "annotations[0]: field 'area' is missing or of the wrong type");
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
