package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.Mat;

/** COCO's segmentations, drawn. */
class CocoLabelMapsTest {
  private static final String HEAD =
      "{\"images\": [{\"id\": 7, \"file_name\": \"a.png\", \"width\": 6, \"height\": 4}],"
          + " \"categories\": [{\"id\": 3, \"name\": \"cat\"}, {\"id\": 5, \"name\": \"dog\"}],"
          + " \"annotations\": [";

  @TempDir Path folder;
  private final Problems problems = new Problems();

  @Test
  void smallObjectsLieOnLargeOnesOverABackground() throws Exception {
    // Given: a dog of 2 x 2 pixels, listed before the cat of 4 x 3 that it lies on
    byte[] classes =
        draw(
            annotation(1, 5, "[[2, 1, 4, 1, 4, 3, 2, 3]]", 4, 0),
            annotation(2, 3, "[[1, 0, 5, 0, 5, 3, 1, 3]]", 12, 0));

    assertThat(classes)
        .containsExactly(0, 1, 1, 1, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 0, 0, 0, 0, 0);
  }

  @Test
  void aPixelIsOfAPolygonWhenItsCentreIs() throws Exception {
    // Given: edges at 1.4 and 3.6 take the centres 1.5, 2.5 and 3.5; at 0.6 and 2.5, that of 1.5
    byte[] classes = draw(annotation(1, 3, "[[1.4, 0.6, 3.6, 0.6, 3.6, 2.5, 1.4, 2.5]]", 4, 0));

    assertThat(classes)
        .containsExactly(0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  @Test
  void crowdsAreIgnoredAndRunLengthsGoDownTheColumns() throws Exception {
    // Given: 5 pixels outside (column 0 and the first of column 1), 2 inside, the rest outside
    String runs = "{\"size\": [4, 6], \"counts\": [5, 2, 17]}";
    byte[] expected = {
      0, 0, 0, 0, 0, 0,
      0, -1, 0, 0, 0, 0,
      0, -1, 0, 0, 0, 0,
      0, 0, 0, 0, 0, 0
    };

    assertThat(draw(annotation(1, 3, runs, 2, 1))).isEqualTo(expected);
    // the same, compressed: 5 and 2 are one character each; 17 is 1 * 32 + ..., low five bits first
    assertThat(draw(annotation(1, 3, "{\"size\": [4, 6], \"counts\": \"52a0\"}", 2, 1)))
        .isEqualTo(expected);
  }

  @Test
  void differencesOfCompressedRunsAreToTheOneTwoBefore() {
    // 5, 2, 17, and then 2 more than 2, and 21 less than 17: 4 and -4 is not a run
    assertThat(RunLengths.ofText(4, 7, "52a02").lengths()).containsExactly(5, 2, 17, 4);
  }

  /** Run lengths turned by 90 degrees, and those of an image of half the size. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "{\"size\": [6, 4], \"counts\": [5, 2, 17]}",
        "{\"size\": [2, 3], \"counts\": [1, 2, 3]}"
      })
  void anObjectWithoutASegmentationOfItsImageIsIgnoredWithinItsBox(String segmentation)
      throws Exception {
    byte[] classes = draw(annotation(1, 3, segmentation, 2, 0));

    assertThat(classes)
        .containsExactly(0, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(problems.byName()).isEqualTo(Map.of("unreadable-segmentation", 1L));
  }

  @Test
  void anImageWithoutAnnotatedSizeIsAsLargeAsItsRunLengths() throws Exception {
    String head = HEAD.replace(", \"width\": 6, \"height\": 4", "");
    String runs = "{\"size\": [4, 6], \"counts\": [5, 2, 17]}";
    AnnotatedDataset fits = read(head, annotation(1, 3, runs, 2, 0));
    assertThat(draw(fits)).contains(1);

    AnnotatedDataset turned = read(head, annotation(1, 3, runs.replace("4, 6", "6, 4"), 2, 0));

    assertThatThrownBy(() -> draw(turned))
        .isInstanceOf(UnusableImageException.class)
        .hasMessage("found 6x4, its run lengths are of 4x6");
  }

  @Test
  void theBackgroundIsClass0AndBoxesKeepTheirObjects() throws Exception {
    AnnotatedDataset dataset = read(HEAD, annotation(1, 5, "[[2, 1, 4, 1, 4, 3, 2, 3]]", 4, 0));

    assertThat(dataset.classNames()).containsExactly("background", "cat", "dog");
    assertThat(dataset.categoryIds()).containsExactly(0L, 3L, 5L);
    assertThat(dataset.images().get(0).boxes()).extracting(AnnotatedBox::label).containsExactly(2);
  }

  @Test
  void aFileOfTwoIdsHasThePixelsOfBoth() throws Exception {
    // Given: a second entry with the same dog, drawn elsewhere, and a cat
    String head = HEAD.replace("}], \"cat", "}, {\"id\": 8, \"file_name\": \"./a.png\"}], \"cat");
    String dog = annotation(1, 5, "[[2, 1, 4, 1, 4, 3, 2, 3]]", 4, 0);
    String again = annotation(2, 5, "[[0, 3, 1, 3, 1, 4, 0, 4]]", 1, 0);
    String cat = annotation(3, 3, "[[5, 0, 6, 0, 6, 1, 5, 1]]", 1, 0);

    AnnotatedDataset dataset = read(head, dog, ofImage(8, again), ofImage(8, cat));

    assertThat(dataset.images()).hasSize(1);
    assertThat(dataset.images().get(0).boxes())
        .extracting(AnnotatedBox::annotationId)
        .containsExactly("1", "3");
    assertThat(draw(dataset))
        .containsExactly(0, 0, 0, 0, 0, 1, 0, 0, 2, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  private byte[] draw(String... annotations) throws Exception {
    return draw(read(HEAD, annotations));
  }

  private byte[] draw(AnnotatedDataset dataset) throws UnusableImageException {
    Mat map = SourceImage.open(dataset.images().get(0), 1000, problems).labels();
    byte[] classes = new byte[(int) map.total()];
    map.get(0, 0, classes);
    map.release();
    return classes;
  }

  private AnnotatedDataset read(String head, String... annotations) throws IOException {
    ImageIO.write(
        new BufferedImage(6, 4, BufferedImage.TYPE_INT_RGB),
        "png",
        folder.resolve("a.png").toFile());
    Path json =
        Files.writeString(folder.resolve("a.json"), head + String.join(", ", annotations) + "]}");
    return CocoReader.ofPixels(null)
        .read(List.of(DatasetSource.of("train", json, folder)), problems);
  }

  private static String annotation(
      int id, int category, String segmentation, double area, int crowd) {
    return ("{\"id\": %d, \"image_id\": 7, \"category_id\": %d, \"bbox\": [1, 0, 2, 1],"
            + " \"area\": %s, \"iscrowd\": %d, \"segmentation\": %s}")
        .formatted(id, category, area, crowd, segmentation);
  }

  private static String ofImage(int image, String annotation) {
    return annotation.replace("\"image_id\": 7", "\"image_id\": " + image);
  }
}
