package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.lectern.producer.Shared;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    Path text = Files.writeString(folder.resolve("c.names"), "cat\ndog \n\n");
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

  @ParameterizedTest
  @ValueSource(
      strings = {"1", "1.0", "1.", "+1", "1e0", "1e+00", "01", "10e-1", "1.000000000000e+00"})
  void aClassIsAWholeNumberInAnyNotation(String one) throws IOException {
    image("images/a.jpg");
    label("labels/a.txt", "\uFEFF" + one + " 5e-1 .5\t0.5  2.5E-01 \r\n");

    assertThat(read("images").images().get(0).boxes())
        .containsExactly(new AnnotatedBox("a:1", 1, false, 0.25, 0.375, 0.5, 0.25, -1));
    assertThat(problems.total()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.5", "cat", "NaN", "1,0", "0x1", "1e999999999"})
  void anyOtherClassIsAMalformedLine(String text) throws IOException {
    image("images/a.jpg");
    label("labels/a.txt", text + " 0.5 0.5 0.1 0.1\n");

    assertThat(read("images").images().get(0).boxes()).isEmpty();
    assertThat(problems.byName()).containsExactly(Map.entry("malformed-label-line", 1L));
  }

  @Test
  void aPolygonStandsForItsBox() throws IOException {
    image("images/a.jpg");
    label(
        "labels/a.txt",
        """
        1 0.2 0.4 0.6 0.1 0.5 0.8
        0 0.1 0.1 0.3 0.1 0.3 0.2 0.1 0.2
        0 0.1 0.1 0.1 0.1 0.1 0.1
        0 0.1 NaN 0.3 0.1 0.3 0.2
        0 0.5 0.5 0.1 0.1 0.9
        0 0.5 0.5 0.1 0.1 0.9 0.9 0.1
        """);

    List<AnnotatedBox> boxes = read("images").images().get(0).boxes();

    assertThat(boxes).hasSize(2);
    assertThat(boxes.get(0).label()).isEqualTo(1);
    assertThat(boxes.get(0).x()).isEqualTo(0.2);
    assertThat(boxes.get(0).y()).isEqualTo(0.1);
    assertThat(boxes.get(0).width()).isCloseTo(0.4, within(1e-12));
    assertThat(boxes.get(0).height()).isCloseTo(0.7, within(1e-12));
    assertThat(problems.byName())
        .containsOnly(
            Map.entry("polygon-label-line", 2L),
            Map.entry("degenerate-box", 2L),
            Map.entry("malformed-label-line", 2L));
  }

  @Test
  void aPolygonLiesAboutItsImage() throws IOException {
    image("images/a.jpg");
    label(
        "labels/a.txt",
        """
        0 0.3 0.3 0.2 0.2 0.91 7
        0 -0.1 0.3 0.4 0.2 1.1 0.7
        0 120 40 180 40 180 90 120 90
        """);

    assertThat(read("images").images().get(0).boxes())
        .containsExactly(new AnnotatedBox("a:2", 0, false, -0.1, 0.2, 1.1 + 0.1, 0.7 - 0.2, -1));
    assertThat(problems.byName())
        .containsOnly(Map.entry("polygon-label-line", 1L), Map.entry("malformed-label-line", 2L));
  }

  @Test
  void aLabelFileOfAnotherEncodingLeavesItsImageOut() throws IOException {
    for (String name : List.of("a", "b", "c", "d")) {
      image("images/" + name + ".jpg");
    }
    String line = "0 0.5 0.5 0.1 0.1\n";
    Files.createDirectories(folder.resolve("labels"));
    Files.write(
        folder.resolve("labels/a.txt"), ("\uFEFF" + line).getBytes(StandardCharsets.UTF_16LE));
    Files.write(folder.resolve("labels/b.txt"), line.getBytes(StandardCharsets.UTF_16BE));
    Files.write(
        folder.resolve("labels/c.txt"),
        (line + "# caf\u00e9\n").getBytes(StandardCharsets.ISO_8859_1));
    label("labels/d.txt", "\uFEFF" + line);

    assertThat(read("images").images()).extracting(AnnotatedImage::imageId).containsExactly("d");
    assertThat(problems.byName()).containsExactly(Map.entry("malformed-annotation-file", 3L));
  }

  @Test
  void imagesOfFormatsThatCannotBeReadAreNotBlamedOnTheirLabels() throws IOException {
    image("images/a.gif");
    image("images/b.HEIC");
    image("images/b.jpg");
    image("images/c.JFIF");
    for (String name : List.of("a", "b", "c")) {
      label("labels/" + name + ".txt", "0 0.5 0.5 0.1 0.1\n");
    }

    AnnotatedDataset dataset = read("images");

    assertThat(dataset.images())
        .extracting(image -> image.file().getFileName().toString())
        .containsExactly("a.gif", "b.jpg", "c.JFIF");
    assertThat(problems.total()).isZero();
  }

  @Test
  void linksAreFollowedAndLoopsAreNot() throws IOException {
    image("store/one/a.jpg");
    image("images/b.jpg");
    label("labels/linked/one/a.txt", "0 0.5 0.5 0.1 0.1\n");
    label("labels/b.txt", "0 0.5 0.5 0.1 0.1\n");
    label("labels/gone.txt", "0 0.5 0.5 0.1 0.1\n");
    Files.createSymbolicLink(folder.resolve("images/linked"), folder.resolve("store"));
    Files.createSymbolicLink(folder.resolve("images/loop"), folder.resolve("images"));
    Files.createSymbolicLink(folder.resolve("images/gone.jpg"), folder.resolve("nowhere.jpg"));

    AnnotatedDataset dataset = read("images");

    assertThat(dataset.images())
        .extracting(AnnotatedImage::imageId)
        .containsExactly("b", "gone", "linked/one/a");
    assertThat(dataset.images()).allMatch(image -> image.boxes().size() == 1);
    assertThat(problems.total()).isZero();
  }

  @Test
  void aSplitFileChoosesImages() throws IOException {
    for (String name : List.of("train/a.jpg", "train/b.v1.png", "val/a.jpg", "val/c d.jpg")) {
      image("images/" + name);
      label("labels/" + ImageFiles.stem(name) + ".txt", "0 0.5 0.5 0.1 0.1\n");
    }
    Path list =
        Files.writeString(
            folder.resolve("some.txt"),
            "./images/val/a.jpg\n/elsewhere/images/train/b.v1.png\nimages\\val\\c d.jpg\nnone.jpg\n");

    assertThat(chosen("images", list)).containsExactly("val/a", "train/b.v1", "val/c d");
    assertThat(problems.byName()).containsExactly(Map.entry("missing-image", 1L));
    // A path that exists outside the folder of images is not another image of the same name.
    Path other = Files.writeString(folder.resolve("other.txt"), "images/val/a.jpg\nb.v1\n");
    assertThat(chosen("images/train", other)).containsExactly("b.v1");
    Path wrong = Files.writeString(folder.resolve("wrong.txt"), "nothing.jpg\n");
    assertThatThrownBy(() -> chosen("images", wrong))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("wrong.txt: found none of its 1 lines below ");
  }

  @Test
  void labelsWithoutImageAreSaidUnlessAnotherSourceHasIt() throws IOException {
    for (String name : List.of("a", "b", "c", "d", "e", "f")) {
      image((name.equals("a") ? "one/" : "two/") + name + ".jpg");
      label("labels/" + name + ".txt", "0 0.5 0.5 0.1 0.1\n");
    }
    Path labels = folder.resolve("labels");
    DatasetSource one = DatasetSource.of("one", labels, folder.resolve("one"));
    DatasetSource two = DatasetSource.of("two", labels, folder.resolve("two"));

    assertThat(new YoloReader(List.of("cat")).read(List.of(one, two), problems).images())
        .hasSize(6);
    assertThat(problems.total()).isZero();
    AnnotatedDataset alone = new YoloReader(List.of("cat")).read(List.of(one), problems);
    assertThat(problems.byName()).containsExactly(Map.entry("missing-image", 5L));
    alone.images().forEach(problems::keep);
    problems.requireMostImages(); // they may be of images that are not published
  }

  @Test
  void linesOfASplitFileThatSourcesShareMayBeOfAnyOfThem() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 9; i++) {
      String name = List.of("one", "two", "three").get(i % 3) + "/" + i;
      image(name + ".jpg");
      label("labels/" + i + ".txt", "0 0.5 0.5 0.1 0.1\n");
      lines.append(folder.resolve(name + ".jpg")).append('\n');
    }
    Path list = Files.writeString(folder.resolve("train.txt"), lines + "/elsewhere/one/10.jpg\n");
    List<DatasetSource> sources = new ArrayList<>();
    for (String name : List.of("one", "two", "three")) {
      sources.add(
          new DatasetSource(
              null, folder.resolve("labels"), folder.resolve(name), list, name + "-"));
    }

    assertThat(new YoloReader(List.of("cat")).read(sources, problems).images()).hasSize(9);
    assertThat(problems.byName()).containsExactly(Map.entry("missing-image", 1L));
  }

  @Test
  void aPathInASplitFileIsNoOtherImageOfTheSameName() throws IOException {
    for (String name : List.of("0.jpg", "1.jpg", "b/0.jpg")) {
      image("images/" + name);
      label("labels/" + ImageFiles.stem(name) + ".txt", "0 0.5 0.5 0.1 0.1\n");
    }
    Path own =
        Files.writeString(
            folder.resolve("own.txt"), "images/b/0.jpg\n/x/images/c/1.jpg\nimages/0.jpg\n");
    Path other =
        Files.writeString(folder.resolve("other.txt"), "data/b/0.jpg\ndata/c/1.jpg\n/y/1.jpg\n");
    Path names = Files.writeString(folder.resolve("names.txt"), "0.jpg\nc/1.jpg\n");
    Path flat = Files.writeString(folder.resolve("flat.txt"), "x/0.jpg\ny/1.jpg\n");

    assertThat(chosen("images", own)).containsExactly("b/0", "0");
    assertThat(chosen("images", other)).containsExactly("b/0", "1");
    assertThat(chosen("images", names)).containsExactly("0");
    assertThat(chosen("images", flat)).containsExactly("0", "1");
    assertThat(problems.byName()).containsExactly(Map.entry("missing-image", 3L));
  }

  private List<String> chosen(String images, Path splitFile) {
    return new YoloReader(List.of("cat", "dog"))
            .read(
                List.of(new DatasetSource(null, null, folder.resolve(images), splitFile, "")),
                problems)
            .images()
            .stream()
            .map(AnnotatedImage::imageId)
            .toList();
  }

  @Test
  void aFolderThatMayNotBeReadIsOneLine() throws IOException {
    image("images/a.jpg");
    image("images/closed/b.jpg");
    label("labels/a.txt", "");
    Path closed = folder.resolve("images/closed");
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    try {
      assumeFalse(Files.isReadable(closed), "this user may read everything");

      assertThatThrownBy(() -> read("images"))
          .isInstanceOf(UserMistakeException.class)
          .hasMessage(closed + ": cannot be read: permission denied");
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void classNamesOfAnotherEncodingOrDamagedYamlAreNamed() throws IOException {
    Path gbk =
        Files.write(
            folder.resolve("gbk.names"), "\u732b\n\u72d7\n".getBytes(Charset.forName("GBK")));
    Path utf16 =
        Files.write(folder.resolve("u.txt"), "\uFEFFcat\n".getBytes(StandardCharsets.UTF_16LE));
    Path marked = Files.writeString(folder.resolve("m.txt"), "\uFEFFcat\r\n\uFEFFdog\r\n");
    Path damaged = Files.writeString(folder.resolve("d.yaml"), "names: [cat,\n dog: [}\n");
    Path points = Files.writeString(folder.resolve("p.yaml"), "names: {1.0: dog, 0.0: cat}\n");

    assertThat(ClassNames.read(marked)).containsExactly("cat", "dog");
    assertThat(ClassNames.read(points)).containsExactly("cat", "dog");
    assertThatThrownBy(() -> ClassNames.read(gbk))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("which is not UTF-8; it may be GB18030");
    assertThatThrownBy(() -> ClassNames.read(utf16))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found UTF-16 (it begins with FF FE)");
    assertThatThrownBy(() -> ClassNames.read(damaged))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("d.yaml: not YAML: line 2, column ")
        .hasMessageNotContaining("\n");
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

  @Test
  void imagesWithoutAnyLabelFileAreNoDatasetOfBackground() throws IOException {
    image("images/a.jpg");
    image("images/b.jpg");
    label("labels/other.txt", "0 0.5 0.5 0.2 0.2\n");

    assertThatThrownBy(() -> read("images"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found no label file for any of the 2 images below ")
        .hasMessageContaining("labels/a.txt; images that nobody annotated are a source with");
  }

  @Test
  void labelFilesAreReadInAnyCase() throws IOException {
    image("images/a.jpg");
    label("labels/a.TXT", "0 0.5 0.5 0.2 0.2\n");

    assertThat(read("images").images().get(0).boxes()).hasSize(1);
    assertThat(problems.total()).isZero();
  }

  @Test
  void labelFilesOfOtherNamesThanTheImagesAreRefused() throws IOException {
    for (String name : List.of("a", "b", "c")) {
      image("images/" + name + ".jpg");
    }
    label("labels/a.txt", "0 0.5 0.5 0.5 0.5");
    label("labels/classes.txt", "cat");
    assertThat(read("images").images()).hasSize(3); // background, which is warned of

    label("labels/b.jpg.txt", "0 0.5 0.5 0.5 0.5");

    assertThatThrownBy(() -> read("images"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "found no label file for 2 of 3 images, such as b, and no image for 1 label files, such"
                + " as b.jpg; expected the same names");
  }

  @Test
  void keyPointsAreNoPolygons() throws IOException {
    image("images/a.jpg");
    label("labels/a.txt", "0 0.5 0.5 0.4 0.4 0.4 0.4 2 0.6 0.6 2 0.5 0.5 1 0.6 0.4 0");

    assertThatThrownBy(() -> read("images"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found a box and 4 key points");
  }

  @Test
  void classesThatCountFromOneAreRefused() throws IOException {
    image("images/a.jpg");
    label("labels/a.txt", "1 0.5 0.5 0.2 0.2\n2 0.5 0.5 0.2 0.2\n");

    assertThatThrownBy(() -> read("images"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith(
            "found classes 1 to 2 for 2 class names, expected 0 to 1; these count from 1");
  }

  @Test
  void copiesThatProgramsKeepAreNoImages() throws IOException {
    image("images/a.jpg");
    label("labels/a.txt", "0 0.5 0.5 0.2 0.2\n");
    image("images/.ipynb_checkpoints/a-checkpoint.jpg");
    image("images/__MACOSX/a.jpg");
    image("images/@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg");
    image("images/._a.jpg");

    assertThat(read("images").images()).extracting(AnnotatedImage::imageId).containsExactly("a");
    assertThat(problems.total()).isZero();
  }

  @Test
  void anImageWithoutAnOriginalBesideItIsNoCopy() throws IOException {
    image("images/._b.jpg");
    label("labels/._b.txt", "0 0.5 0.5 0.2 0.2\n");

    assertThat(read("images").images().get(0).boxes()).hasSize(1);
  }

  @Test
  void anyKindOfBlankSeparatesColumns() throws IOException {
    image("images/a.jpg");
    label("labels/a.txt", "\u00A00\u00A00.5 0.5\u20030.2\t0.2\u00A0\n\u00A0\n");

    assertThat(read("images").images().get(0).boxes()).hasSize(1);
    assertThat(problems.total()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data.yaml|names: [~, cat]|found null among the names, expected a text",
        "data.yaml|names: [[cat], [dog]]|found [\"cat\"] among the names, expected a text",
        "data.yaml|{nc: 5, names: [cat, dog]}|found nc 5 and 2 names, expected as many",
        "data.yaml|{names: [cat, dog], kpt_shape: [2, 2]}|found kpt_shape",
        "names.txt|cat,dog|found one line with commas, expected one name per line: 'cat,dog'",
        "names.txt|0 cat\n1 dog|found the number of the class before each name, expected",
        "names.txt|1 cat\n2 dog|before each name, where the first line is class 0 (names that begin so",
        "names.txt|cat\n\u00A0\ndog|found nothing in line 2, expected one name per line: 'cat'",
        "names.txt|names:\n  0: cat\n  1: dog|found YAML, whose file names end in .yaml",
        "obj.data|classes = 2\nnames = obj.names|found a data file of Darknet",
        "names.txt|cat\n# pets\ndog|found what looks like a comment, expected one name per line: '# pets'",
        "data.yaml|names: [cat]\nnames: [dog, cat]|line 2: found key 'names' twice",
        "data.yaml|names: {0: cat, 0: dog}|line 1: found key '0' twice",
        "data.yaml|x: &n [cat]\nnames: *n|line 2: found the alias *n",
      })
  void classNamesThatAreWrittenAnotherWayAreRefused(String given) throws IOException {
    String[] part = given.split("\\|");
    Path file = Files.writeString(folder.resolve(part[0]), part[1]);

    assertThatThrownBy(() -> ClassNames.read(file))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(part[2]);
  }

  @Test
  void classNamesMayBeAJsonList() throws IOException {
    Path file = Files.writeString(folder.resolve("names.json"), "[\"cat\", \"dog\"]");

    assertThat(ClassNames.read(file)).containsExactly("cat", "dog");
  }

  @Test
  void classNamesAreTheTextThatIsWritten() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("data.yaml"), "nc: 6\nnames: [007, 0x1F, True, no, 1.10, 2026-01-01]\n");

    assertThat(ClassNames.read(file))
        .containsExactly("007", "0x1F", "True", "no", "1.10", "2026-01-01");
  }

  @Test
  void namesBeginAndEndWithWhatIsSeen() throws IOException {
    Path file =
        Files.writeString(folder.resolve("names.txt"), "\u200Bcat\u00A0\n\u3000dog\uFEFF\n");

    assertThat(ClassNames.read(file)).containsExactly("cat", "dog");
  }

  @Test
  void aListOfClassesInAnotherOrderIsRefused() throws IOException {
    image("images/a.jpg");
    label("labels/a.txt", "0 0.5 0.5 0.2 0.2\n");
    label("labels/classes.txt", "Cat\ndog\nbird\n");
    assertThat(read("images").images()).hasSize(1);

    label("labels/classes.txt", "cat\ncat+\n");
    assertThat(read("images").images()).hasSize(1);

    label("labels/classes.txt", "dog\ncat\n");
    assertThatThrownBy(() -> read("images"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith(
            "classes.txt: found 'cat' as class 1, where the class names have it as 0; correct"
                + " either, or remove this file");

    image("images/classes.jpg");
    assertThat(read("images").images()).hasSize(2);
  }

  @Test
  void accentsMayBeComposedInTwoWays() throws IOException {
    image("images/cafe\u0301.jpg");
    label("labels/caf\u00E9.txt", "0 0.5 0.5 0.2 0.2\n");

    AnnotatedImage image = read("images").images().get(0);

    assertThat(image.imageId()).isEqualTo("cafe\u0301");
    assertThat(image.boxes()).hasSize(1);
    assertThat(problems.total()).isZero();
  }

  @Test
  void filesOfEndingsThatAreNotReadAreNotBlamedOnTheirLabels() throws IOException {
    image("images/a.jpg");
    image("images/b.mpo");
    image("images/c.ico");
    image("images/d");
    image("images/e.svg");
    image("images/e.pbm");
    image("images/f.json");
    for (String name : List.of("a", "b", "c", "d", "e", "f")) {
      label("labels/" + name + ".txt", "0 0.5 0.5 0.1 0.1\n");
    }

    assertThat(read("images").images())
        .extracting(image -> image.file().getFileName().toString())
        .containsExactly("a.jpg", "b.mpo", "e.pbm");
    assertThat(problems.byName())
        .containsOnly(Map.entry("unsupported-image", 2L), Map.entry("missing-image", 1L));
  }

  @Test
  void classesThatAreProbablyOneAreSaid() {
    assertThat(
            ClassNames.nearlyEqual(List.of("cat", "traffic light", "Cat", "traffic-light", "dog")))
        .containsExactly("'cat' and 'Cat'", "'traffic light' and 'traffic-light'");
    assertThat(ClassNames.nearlyEqual(List.of("caf\u00E9", "cafe\u0301", "c\u200Baf\u00E9")))
        .containsExactly("'caf\u00E9' and 'cafe\u0301' and 'c\u200Baf\u00E9'");
    assertThat(ClassNames.nearlyEqual(List.of("no\u00A0name", "no name"))).hasSize(1);
    assertThat(ClassNames.nearlyEqual(List.of("+", "-", "cat", "cats", "A\u2660", "A\u2665")))
        .isEmpty();
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
