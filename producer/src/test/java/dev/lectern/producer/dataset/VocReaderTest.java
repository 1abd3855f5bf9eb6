package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.producer.Shared;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocReaderTest {
  @TempDir Path folder;

  private final Problems problems = new Problems();
  private Path annotations;
  private Path images;

  @BeforeEach
  void layout() throws IOException {
    annotations = Files.createDirectories(folder.resolve("Annotations"));
    images = Files.createDirectories(folder.resolve("JPEGImages"));
    Files.createDirectories(folder.resolve("ImageSets/Main"));
  }

  @Test
  void pixelsAreCountedFromOneAndTheLastOneBelongsToTheBox() throws IOException {
    // Given: pixels 1 to 10 across and 3 to 4 down
    xml("b", object("dog", 0, 1, 3, 10, 4));
    xml("a", object("cat", 0, 5, 5, 6, 6));

    // When
    AnnotatedDataset dataset = read(null);

    // Then
    assertThat(dataset.classNames()).containsExactly("cat", "dog");
    assertThat(dataset.categoryIds()).containsExactly(0L, 1L);
    assertThat(dataset.images()).extracting(AnnotatedImage::imageId).containsExactly("a", "b");
    AnnotatedImage b = dataset.images().get(1);
    assertThat(b.file()).isEqualTo(images.resolve("b.png"));
    assertThat(b.width()).isEqualTo(40);
    assertThat(b.height()).isEqualTo(30);
    assertThat(b.boxes()).containsExactly(new AnnotatedBox("b:1", 1, false, 0, 2, 10, 2, -1));
  }

  @Test
  void difficultObjectsAreCrowdRegionsUnlessTheyAreToBeKept() throws IOException {
    xml("a", object("cat", 1, 5, 5, 8, 8));

    assertThat(read(null).images().get(0).boxes().get(0).crowd()).isTrue();
    assertThat(problems.byName()).containsExactly(Map.entry("difficult-object", 1L));

    AnnotatedDataset kept =
        new VocReader(null, DifficultObjects.KEEP)
            .read(List.of(DatasetSource.of(null, annotations, images)), problems);
    assertThat(kept.images().get(0).boxes().get(0).crowd()).isFalse();
  }

  @Test
  void everythingWrongWithAnObjectIsCountedByName() throws IOException {
    xml(
        "a",
        object("cat", 0, 5, 5, 5, 9)
            + object("cat", 0, 5, 9, 8, 5)
            + object("cow", 0, 1, 1, 2, 2)
            + "<object><name>cat</name></object>"
            + "<object><name>cat</name><bndbox><xmin>a</xmin><ymin>1</ymin><xmax>2</xmax>"
            + "<ymax>2</ymax></bndbox></object>"
            + "<object><bndbox/></object>"
            + object("cat", 0, 1, 1, 2, 2));

    AnnotatedDataset dataset =
        new VocReader(List.of("cat"), DifficultObjects.IGNORE)
            .read(List.of(DatasetSource.of(null, annotations, images)), problems);

    assertThat(problems.byName())
        .containsOnly(
            Map.entry("degenerate-box", 2L),
            Map.entry("unknown-category", 1L),
            Map.entry("malformed-annotation", 3L));
    assertThat(dataset.images().get(0).boxes()).hasSize(1);
  }

  @Test
  void aSplitReadsItsListOfImages() throws IOException {
    xml("a", object("cat", 0, 1, 1, 9, 9));
    xml("b", object("dog", 0, 1, 1, 9, 9));
    xml("c", "");
    Files.writeString(folder.resolve("ImageSets/Main/train.txt"), "a\nc  1\n\n");
    Files.writeString(folder.resolve("ImageSets/Main/val.txt"), "b\nabsent\n");

    AnnotatedDataset dataset =
        new VocReader(null, DifficultObjects.IGNORE)
            .read(
                List.of(
                    DatasetSource.of("train", annotations, images),
                    new DatasetSource(
                        null, annotations, images, folder.resolve("ImageSets/Main/val.txt"), "")),
                problems);

    assertThat(dataset.images())
        .extracting(i -> i.split() + " " + i.imageId())
        .containsExactly("train a", "train c", "val b");
    assertThat(dataset.classNames()).containsExactly("cat", "dog");
    assertThat(problems.byName()).containsExactly(Map.entry("missing-annotation-file", 1L));
  }

  @Test
  void splitsWithoutListsOfImagesWouldShareThem() throws IOException {
    xml("a", object("cat", 0, 1, 1, 4, 4));
    DatasetSource train = DatasetSource.of("train", annotations, images);
    DatasetSource val = DatasetSource.of("val", annotations, images);

    assertThatThrownBy(
            () -> new VocReader(null, DifficultObjects.IGNORE).read(List.of(train, val), problems))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "image id a: found "
                + annotations.resolve("a.xml")
                + " in two sources, expected each image in one; VOC: name those of each split in a"
                + " split-file, or in ImageSets/Main beside the annotations");
  }

  @Test
  void aFileThatIsNotVocIsLeftOutAndEntitiesAreNeverRead() throws IOException {
    // Given
    Path secret = Files.writeString(folder.resolve("secret.txt"), "secret");
    xml("good", "");
    Files.writeString(annotations.resolve("cut.xml"), "<annotation><object>");
    Files.writeString(annotations.resolve("other.xml"), "<html/>");
    Files.writeString(
        annotations.resolve("hostile.xml"),
        "<!DOCTYPE annotation [<!ENTITY x SYSTEM \""
            + secret.toUri()
            + "\">]><annotation><object><name>&x;</name></object></annotation>");

    // When
    AnnotatedDataset dataset = read(null);

    // Then
    assertThat(problems.byName()).containsExactly(Map.entry("malformed-annotation-file", 3L));
    assertThat(dataset.images()).extracting(AnnotatedImage::imageId).containsExactly("good");
  }

  @Test
  void missingFoldersAreMistakes() {
    assertThatThrownBy(() -> read(null))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("annotation folder " + annotations + ": found no XML file");
    assertThatThrownBy(
            () ->
                new VocReader(null, DifficultObjects.IGNORE)
                    .read(
                        List.of(DatasetSource.of(null, folder.resolve("absent"), images)),
                        problems))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("annotation folder " + folder.resolve("absent") + ": not found");
  }

  @Test
  void theRealBloodCellsHaveTwoDegenerateBoxes() {
    Path data = Shared.data("bccd");
    DatasetSource source =
        DatasetSource.of(null, data.resolve("Annotations"), data.resolve("JPEGImages"));

    AnnotatedDataset dataset =
        new VocReader(null, DifficultObjects.IGNORE).read(List.of(source), problems);

    assertThat(dataset.images()).hasSize(364).allMatch(i -> Files.exists(i.file()));
    assertThat(dataset.classNames()).containsExactly("Platelets", "RBC", "WBC");
    assertThat(dataset.images().stream().mapToInt(i -> i.boxes().size()).sum())
        .isEqualTo(4155 + 372 + 361 - 2);
    assertThat(problems.byName()).containsExactly(Map.entry("degenerate-box", 2L));
  }

  @Test
  void theRealSplitsHaveTheirImages() {
    Path data = Shared.data("bccd");
    List<DatasetSource> sources =
        List.of("train", "val", "test").stream()
            .map(
                split ->
                    DatasetSource.of(
                        split, data.resolve("Annotations"), data.resolve("JPEGImages")))
            .toList();

    AnnotatedDataset dataset = new VocReader(null, DifficultObjects.IGNORE).read(sources, problems);

    assertThat(dataset.images().stream().filter(i -> i.split().equals("train"))).hasSize(205);
    assertThat(dataset.images().stream().filter(i -> i.split().equals("val"))).hasSize(87);
    assertThat(dataset.images().stream().filter(i -> i.split().equals("test"))).hasSize(72);
  }

  private AnnotatedDataset read(String split) {
    return new VocReader(null, DifficultObjects.IGNORE)
        .read(List.of(DatasetSource.of(split, annotations, images)), problems);
  }

  private void xml(String stem, String objects) throws IOException {
    Files.write(images.resolve(stem + ".png"), new byte[0]);
    Files.writeString(
        annotations.resolve(stem + ".xml"),
        "<annotation><filename>/elsewhere/"
            + stem
            + ".png</filename><size><width>40</width><height>30</height></size>"
            + objects
            + "</annotation>");
  }

  private static String object(String name, int difficult, int... corners) {
    return """
        <object><name>%s</name><difficult>%d</difficult><bndbox><xmin>%d</xmin><ymin>%d</ymin>\
        <xmax>%d</xmax><ymax>%d</ymax></bndbox></object>"""
        .formatted(name, difficult, corners[0], corners[1], corners[2], corners[3]);
  }
}
