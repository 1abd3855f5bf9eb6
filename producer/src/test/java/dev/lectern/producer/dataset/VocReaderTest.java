package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.lectern.producer.Shared;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

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
  void objectsThatAreNotWhereTheyBelongAreNotOverlooked() throws IOException {
    xml("a", "<objects>" + object("cat", 0, 5, 5, 8, 8) + "</objects>");
    xml("b", object("cat", 0, 5, 5, 8, 8).replace("object>", "Object>"));

    read(null);

    assertThat(problems.byName()).containsExactly(Map.entry("malformed-annotation", 2L));
    assertThatThrownBy(() -> problems.requireMostBoxes(read(null)))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "a.xml: found <object> in <objects>, expected <object> in <annotation>");
  }

  @Test
  void anObjectThatIsTwoIsNotHalfRead() throws IOException {
    String two = object("cat", 0, 5, 5, 8, 8).replace("</object>", "<bndbox/></object>");
    String named = object("cat", 0, 5, 5, 8, 8).replace("</object>", "<name>dog</name></object>");
    xml("a", object("cat", 0, 5, 5, 8, 8) + two + named);

    assertThat(read(null).images().get(0).boxes()).hasSize(1);
    assertThat(problems.byName()).containsExactly(Map.entry("malformed-annotation", 2L));
  }

  @Test
  void aDatasetWithoutAnyObjectHasNoClasses() throws IOException {
    xml("a", "");
    AnnotatedDataset dataset = read(null);

    assertThatThrownBy(() -> problems.requireMostBoxes(dataset))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "dataset: found no object in the annotations of any of its 1 images, so no class;"
                + " expected some, or class-names");
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
  void anImageNamedLikeItsXmlComesBeforeTheOneThatItNames() throws IOException {
    // Given: a names b's image; c has none of its own and names b's, too; d names e.png
    xml("a", object("cat", 0, 1, 1, 5, 5), "b.png");
    xml("b", object("cat", 0, 1, 1, 6, 6), "b.jpeg");
    xml("c", object("cat", 0, 1, 1, 7, 7), "C:\\data\\b.png");
    xml("d", object("cat", 0, 1, 1, 8, 8), "../other/e.png");
    Files.delete(images.resolve("c.png"));
    Files.move(images.resolve("d.png"), images.resolve("e.png"));

    AnnotatedDataset dataset = read(null);

    assertThat(dataset.images())
        .extracting(image -> image.imageId() + " " + image.file().getFileName())
        .containsExactly("a a.png", "b b.png", "d e.png");
    assertThat(problems.byName())
        .containsOnly(Map.entry("stale-filename", 1L), Map.entry("missing-image", 1L));
  }

  @Test
  void linesWithoutXmlAreLostImagesOfTheirSplit() throws IOException {
    xml("a", object("cat", 0, 1, 1, 5, 5));
    Path list = Files.writeString(folder.resolve("val.txt"), "a\nb\nc\nd\ne\nf\n");

    AnnotatedDataset dataset =
        new VocReader(null, DifficultObjects.IGNORE)
            .read(List.of(new DatasetSource(null, annotations, images, list, "")), problems);
    dataset.images().forEach(problems::keep);

    assertThatThrownBy(problems::requireMostImages)
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "split val: 5 of 6 images cannot be used {missing-annotation-file=5}, expected at most"
                + " half; the first: val.txt line 2: 'b' has no XML file below "
                + annotations
                + "; correct them, or list the images to take in a split-file");
  }

  @Test
  void anImageThatSeveralXmlFilesNameIsNobodys() throws IOException {
    // Given: images were renamed, and one of the old name was left
    for (String name : List.of("shot_0", "shot_1", "shot_2")) {
      xml(name, object("cat", 0, 1, 1, 5, 5), "frame.png");
      Files.move(
          images.resolve(name + ".png"),
          images.resolve("frame.png"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    xml("other", object("cat", 0, 1, 1, 5, 5), "stays.png");
    Files.move(images.resolve("other.png"), images.resolve("stays.png"));

    AnnotatedDataset dataset = read(null);

    assertThat(dataset.images()).extracting(AnnotatedImage::imageId).containsExactly("other");
    assertThat(problems.byName()).containsExactly(Map.entry("missing-image", 3L));
  }

  @Test
  void xmlFilesNamedAfterOneImageGiveItTheirObjects() throws IOException {
    for (String name : List.of("a_cars", "a_people")) {
      xml(name, object("cat", 0, 1, 1, 5, name.length()), "a.png");
      Files.move(
          images.resolve(name + ".png"),
          images.resolve("a.png"),
          StandardCopyOption.REPLACE_EXISTING);
    }

    assertThat(read(null).images())
        .singleElement()
        .extracting(image -> image.boxes().size())
        .isEqualTo(2);
  }

  @Test
  void ofTwoFormatsTheFilenameChoosesOrTheFirst() throws IOException {
    xml("a", "", "a.png");
    xml("b", "", "b");
    Files.write(images.resolve("a.jpg"), new byte[0]);
    Files.write(images.resolve("b.jpg"), new byte[0]);

    assertThat(read(null).images())
        .extracting(image -> image.file().getFileName().toString())
        .containsExactly("a.png", "b.jpg");
    assertThat(problems.byName()).containsExactly(Map.entry("duplicate-image-id", 2L));
  }

  @Test
  void xmlFilesLieInAnyFolderAndAnyCase() throws IOException {
    xml("a", "");
    xml("sub/b", "");
    xml("sub/flat", "");
    Files.move(images.resolve("sub/flat.png"), images.resolve("flat.png"));
    Files.move(annotations.resolve("a.xml"), annotations.resolve("a.XML"));
    Files.createSymbolicLink(annotations.resolve("linked"), folder.resolve("more"));
    Files.createDirectories(folder.resolve("more"));
    Files.writeString(folder.resolve("more/c.Xml"), "<annotation/>");
    Files.write(images.resolve("c.png"), new byte[0]);

    assertThat(read(null).images())
        .extracting(image -> image.imageId() + " " + images.relativize(image.file()))
        .containsExactly("a a.png", "linked/c c.png", "sub/b sub/b.png", "sub/flat flat.png");
    assertThat(problems.total()).isZero();
  }

  @Test
  void splitFilesNameImagesInManyWays() throws IOException {
    xml("a b", "");
    xml("c.v1", "");
    xml("sub/d", "");
    xml("e", "");
    Path list =
        Files.writeString(
            folder.resolve("some.txt"), "\uFEFFa b  1\nJPEGImages/c.v1.png\nsub/d -1\n");

    AnnotatedDataset dataset =
        new VocReader(null, DifficultObjects.IGNORE)
            .read(List.of(new DatasetSource(null, annotations, images, list, "")), problems);

    assertThat(dataset.images())
        .extracting(AnnotatedImage::imageId)
        .containsExactly("a b", "c.v1", "sub/d");
    assertThat(problems.total()).isZero();
  }

  @Test
  void accentsMayBeComposedInTwoWays() throws IOException {
    xml("caf\u00E9", "", "cafe\u0301.png");
    Files.move(images.resolve("caf\u00E9.png"), images.resolve("cafe\u0301.png"));
    xml("b", "", "na\u00EFve.png");
    Files.move(images.resolve("b.png"), images.resolve("nai\u0308ve.png"));
    xml("c", "");
    Path list = Files.writeString(folder.resolve("some.txt"), "cafe\u0301\nb\n");

    AnnotatedDataset dataset =
        new VocReader(null, DifficultObjects.IGNORE)
            .read(List.of(new DatasetSource(null, annotations, images, list, "")), problems);

    assertThat(dataset.images())
        .extracting(image -> image.imageId() + " " + image.file().getFileName())
        .containsExactly("caf\u00E9 cafe\u0301.png", "b nai\u0308ve.png");
    assertThat(problems.total()).isZero();
  }

  @Test
  void whatIsWrongWithAnXmlFileIsNamedWithItsPlace() throws IOException {
    assertThat(reason("<annotation><object></annotation>"))
        .isEqualTo(
            "not XML: line 1, column 23: The element type \"object\" must be terminated by the"
                + " matching end-tag \"</object>\".");
    assertThat(reason("<annotation>\n<object>")).startsWith("not XML: line 2, column ");
    assertThat(reason("")).isEqualTo("found an empty file, expected <annotation>");
    assertThat(reason("<!DOCTYPE annotation><annotation/>"))
        .isEqualTo("not XML: line 1, column 10: found a document type, expected none");
    assertThat(reason("<Annotation/>")).isEqualTo("found <Annotation>, expected <annotation>");
    assertThat(reason("<annotation><name>\u732b\u72d7</name></annotation>", "GBK"))
        .startsWith("found byte 0xB9 at offset 20 (line 1), which is not UTF-8; it may be GB18030");
    assertThat(reason("<?xml version='1.0' encoding='GBK'?><annotation/>", "GBK")).isNull();
    assertThat(reason("\uFEFF<annotation/>", "UTF-16LE")).isNull();
    assertThat(reason("\uFEFF<annotation/>", "UTF-8")).isNull();
    assertThat(reason("<?xml version='1.0' encoding='klingon'?><annotation/>"))
        .isEqualTo("not XML: found an unknown encoding");
  }

  private String reason(String xml) throws IOException {
    return reason(xml, "UTF-8");
  }

  /** Why the file was left out, or null. */
  private String reason(String xml, String charset) throws IOException {
    Path good = annotations.resolve("good.xml");
    Files.writeString(good, "<annotation/>");
    Files.write(annotations.resolve("bad.xml"), xml.getBytes(Charset.forName(charset)));
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger(Problems.class);
    logger.addAppender(log);
    try {
      read(null);
    } finally {
      logger.detachAppender(log);
    }
    return log.list.stream()
        .map(ILoggingEvent::getFormattedMessage)
        .filter(message -> message.startsWith("malformed-annotation-file"))
        .map(message -> message.split("bad.xml: ", 2)[1])
        .findFirst()
        .orElse(null);
  }

  @Test
  void namesThatAreNotChosenAreLeftOutAndNamesThatAreMisspeltAreLost() throws IOException {
    xml("a", object("cat", 0, 1, 1, 5, 5) + object("dog", 0, 1, 1, 5, 5).repeat(9));
    Problems chosen = new Problems();
    Problems misspelt = new Problems();

    AnnotatedDataset cats = read(List.of("cat"), chosen);
    chosen.requireMostBoxes(cats);
    AnnotatedDataset none = read(List.of("Cat", "Dog"), misspelt);

    assertThat(cats.images().get(0).boxes()).hasSize(1);
    assertThat(chosen.byName()).containsExactly(Map.entry("unknown-category", 9L));
    assertThatThrownBy(() -> misspelt.requireMostBoxes(none))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "dataset: 10 of 10 boxes cannot be used {unknown-category=10}, expected at most half;"
                + " the first: a.xml object 1: found 'cat', not in class-names (did you mean"
                + " 'Cat'?); correct the annotations or the list of classes");
    Problems half = new Problems();
    AnnotatedDataset dogs = read(List.of("cat", "Dog"), half);
    assertThatThrownBy(() -> half.requireMostBoxes(dogs))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("dataset: 9 of 10 boxes cannot be used {unknown-category=9}");
  }

  @Test
  void aBoxWithoutNumbersIsShownAsItIs() throws IOException {
    xml("a", "<object><name>cat</name><bndbox><xmin>1,5</xmin><ymax>2</ymax></bndbox></object>");
    Problems commas = new Problems();

    AnnotatedDataset none = read(null, commas);

    assertThatThrownBy(() -> commas.requireMostBoxes(none))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "a.xml object 1: found '1,5; ; ; 2', expected a bndbox with the numbers xmin; ymin;"
                + " xmax; ymax;");
  }

  private AnnotatedDataset read(List<String> classNames, Problems into) {
    return new VocReader(classNames, DifficultObjects.IGNORE)
        .read(List.of(DatasetSource.of(null, annotations, images)), into);
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
    xml(stem, objects, "/elsewhere/" + stem + ".png");
  }

  private void xml(String stem, String objects, String filename) throws IOException {
    Path image = images.resolve(stem + ".png");
    Files.createDirectories(image.getParent());
    Files.write(image, new byte[0]);
    Path file = annotations.resolve(stem + ".xml");
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        "<annotation><filename>"
            + filename
            + "</filename><size><width>40</width><height>30</height></size>"
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
