package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.producer.Shared;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class YoloReaderTest {
  @TempDir Path folder;

  private final Problems problems = new Problems();

  @Test
  void theLabelFolderMirrorsTheImageFolder() throws IOException {
    // Given
    image("images/val/night/a.jpg");
    image("images/val/b.png");
    label("labels/val/night/a.txt", "1 0.5 0.25 0.5 0.5\n\n0 0.1 0.1 0.2 0.2\n");
    label("labels/val/b.txt", "");

    // When
    AnnotatedDataset dataset = read("images/val");

    // Then
    assertThat(dataset.images())
        .extracting(AnnotatedImage::imageId)
        .containsExactly("b", "night/a");
    AnnotatedImage a = dataset.images().get(1);
    assertThat(a.split()).isEqualTo("val");
    assertThat(a.unit()).isEqualTo(BoxUnit.FRACTIONS);
    assertThat(a.boxes())
        .containsExactly(
            new AnnotatedBox("night/a:1", 1, false, 0.25, 0, 0.5, 0.5, -1),
            new AnnotatedBox("night/a:3", 0, false, 0, 0, 0.2, 0.2, -1));
    assertThat(dataset.images().get(0).boxes()).isEmpty();
    assertThat(problems.total()).isZero();
  }

  @Test
  void everythingWrongWithALineIsCountedByName() throws IOException {
    image("images/a.jpg");
    image("images/b.jpg");
    label(
        "labels/a.txt",
        """
        0 0.5 0.5 0.1
        0 0.5 0.5 0.1 0.1 0.9
        zero 0.5 0.5 0.1 0.1
        0 0.5 0.5 nan? 0.1
        2 0.5 0.5 0.1 0.1
        -1 0.5 0.5 0.1 0.1
        0 0.5 0.5 0 0.1
        0 0.5 0.5 NaN 0.1
        0 0.5 0.5 0.1 0.1
        """);

    AnnotatedDataset dataset = read("images");

    assertThat(problems.byName())
        .containsOnly(
            Map.entry("malformed-label-line", 4L),
            Map.entry("unknown-category", 2L),
            Map.entry("degenerate-box", 2L),
            Map.entry("missing-label-file", 1L));
    assertThat(dataset.images()).hasSize(2);
    assertThat(dataset.images().get(0).boxes()).hasSize(1);
  }

  @Test
  void aLabelFileWithoutAnImageIsAMissingImage() throws IOException {
    image("images/a.jpg");
    label("labels/a.txt", "");
    label("labels/b.txt", "0 0.5 0.5 0.1 0.1");
    label("labels/classes.txt", "cat");

    assertThat(read("images").images()).hasSize(1);
    assertThat(problems.byName()).containsExactly(Map.entry("missing-image", 1L));
  }

  @Test
  void aSecondImageOfTheSameNameIsLeftOut() throws IOException {
    image("images/a.jpg");
    image("images/a.png");
    label("labels/a.txt", "");

    assertThat(read("images").images()).hasSize(1);
    assertThat(problems.byName()).containsExactly(Map.entry("duplicate-image-id", 1L));
  }

  @Test
  void whatIsMissingIsAMistake() throws IOException {
    assertThatThrownBy(() -> new YoloReader(null))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("expected class-names or class-names-file");
    image("pictures/a.jpg");
    assertThatThrownBy(() -> read("pictures"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("has no folder 'images' in its path to mirror");
    assertThatThrownBy(() -> read("images/none"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("image folder ")
        .hasMessageEndingWith(": not found");
  }

  @Test
  void classNamesComeFromYamlOrText() throws IOException {
    Path map = Files.writeString(folder.resolve("a.yaml"), "nc: 2\nnames:\n  0: cat\n  1: dog\n");
    Path list = Files.writeString(folder.resolve("b.yml"), "names: [cat, dog]\n");
    Path text = Files.writeString(folder.resolve("c.names"), "cat\n\ndog \n");
    Path gap = Files.writeString(folder.resolve("d.yaml"), "names:\n  0: cat\n  2: dog\n");
    Path twice = Files.writeString(folder.resolve("e.txt"), "cat\ncat\n");

    assertThat(ClassNames.read(map)).containsExactly("cat", "dog");
    assertThat(ClassNames.read(list)).containsExactly("cat", "dog");
    assertThat(ClassNames.read(text)).containsExactly("cat", "dog");
    assertThatThrownBy(() -> ClassNames.read(gap))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("without gaps");
    assertThatThrownBy(() -> ClassNames.read(twice))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found class 'cat' twice");
    assertThatThrownBy(() -> ClassNames.read(folder.resolve("absent")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith("absent: not found");
  }

  @Test
  void theRealLabelsAgreeWithCocosBoxes() throws Exception {
    // Given
    Path data = Shared.data("coco128-yolo");
    Path coco = Shared.data("coco-mini");
    List<String> names = ClassNames.read(data.resolve("config.yaml"));

    // When
    AnnotatedDataset dataset =
        new YoloReader(names)
            .read(
                List.of(
                    new DatasetSource(null, null, data.resolve("images/train2017"), null, ""),
                    new DatasetSource(null, null, data.resolve("images/val2017"), null, "")),
                problems);
    AnnotatedDataset reference =
        new CocoReader(null)
            .read(
                List.of(
                    DatasetSource.of(
                        null,
                        coco.resolve("annotations/instances_val2017.json"),
                        coco.resolve("val2017"))),
                problems);

    // Then
    assertThat(names).isEqualTo(reference.classNames());
    assertThat(count(dataset, "train")).isEqualTo(929);
    assertThat(count(dataset, "val")).isEqualTo(898);
    // Two of the training labels lie beside other images than those of the folder.
    assertThat(problems.byName())
        .containsOnly(Map.entry("missing-label-file", 2L), Map.entry("missing-image", 2L));
    int shared = 0;
    for (AnnotatedImage image : dataset.images()) {
      for (AnnotatedImage other : reference.images()) {
        if (image.file().getFileName().equals(other.file().getFileName())) {
          shared++;
          List<AnnotatedBox> yolo = SourceImage.open(image, 1_000_000, problems).boxes();
          List<AnnotatedBox> boxes = other.boxes().stream().filter(b -> !b.crowd()).toList();
          assertThat(yolo).hasSameSizeAs(boxes);
          for (AnnotatedBox box : boxes) {
            assertThat(yolo)
                .anySatisfy(
                    b -> {
                      assertThat(b.label()).isEqualTo(box.label());
                      assertThat(b.x()).isCloseTo(box.x(), within(0.01));
                      assertThat(b.y()).isCloseTo(box.y(), within(0.01));
                      assertThat(b.width()).isCloseTo(box.width(), within(0.01));
                      assertThat(b.height()).isCloseTo(box.height(), within(0.01));
                    });
          }
        }
      }
    }
    assertThat(shared).isEqualTo(3);
  }

  private static int count(AnnotatedDataset dataset, String split) {
    return dataset.images().stream()
        .filter(i -> i.split().equals(split))
        .mapToInt(i -> i.boxes().size())
        .sum();
  }

  private AnnotatedDataset read(String images) {
    return new YoloReader(List.of("cat", "dog"))
        .read(List.of(new DatasetSource(null, null, folder.resolve(images), null, "")), problems);
  }

  private void image(String path) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[] {1});
  }

  private void label(String path, String text) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
