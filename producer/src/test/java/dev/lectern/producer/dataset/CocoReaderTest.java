package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lectern.producer.Shared;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CocoReaderTest {
  private static final String CATEGORIES =
      "\"categories\":[{\"id\":90,\"name\":\"toothbrush\"},{\"id\":1,\"name\":\"person\"}]";

  @TempDir Path folder;

  private final Problems problems = new Problems();

  @Test
  void sparseCategoryIdsBecomeContiguousLabelsByAscendingId() throws IOException {
    // Given
    DatasetSource source =
        source(
            "\"images\":[{\"id\":7,\"file_name\":\"a.jpg\",\"width\":10,\"height\":20}],"
                + "\"annotations\":[{\"id\":5,\"image_id\":7,\"category_id\":90,\"bbox\":[1,2,3,4],"
                + "\"area\":9.5,\"iscrowd\":1,\"segmentation\":{\"counts\":[1,2],\"size\":[20,10]}}],"
                + CATEGORIES);

    // When
    AnnotatedDataset dataset = new CocoReader(null).read(List.of(source), problems);

    // Then
    assertThat(dataset.classNames()).containsExactly("person", "toothbrush");
    assertThat(dataset.categoryIds()).containsExactly(1L, 90L);
    AnnotatedImage image = dataset.images().get(0);
    assertThat(image.imageId()).isEqualTo("7");
    assertThat(image.split()).isEqualTo("val");
    assertThat(image.width()).isEqualTo(10);
    assertThat(image.height()).isEqualTo(20);
    assertThat(image.boxes()).containsExactly(new AnnotatedBox("5", 1, true, 1, 2, 3, 4, 9.5));
    assertThat(problems.total()).isZero();
  }

  @Test
  void annotationsMayComeBeforeImagesAndImagesMayHaveNone() throws IOException {
    DatasetSource source =
        source(
            CATEGORIES
                + ",\"annotations\":[{\"id\":1,\"image_id\":2,\"category_id\":1,\"bbox\":[0,0,1,1]}],"
                + "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"},{\"id\":2,\"file_name\":\"b.jpg\"}]");

    AnnotatedDataset dataset = new CocoReader(null).read(List.of(source), problems);

    assertThat(dataset.images()).hasSize(2);
    assertThat(dataset.images().get(0).boxes()).isEmpty();
    assertThat(dataset.images().get(0).width()).isZero();
    assertThat(dataset.images().get(1).boxes().get(0).area()).isNegative();
  }

  @Test
  void everythingWrongWithAnAnnotationIsCountedByName() throws IOException {
    // Given
    DatasetSource source =
        source(
            "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"},{\"id\":1,\"file_name\":\"a.jpg\"},"
                + "{\"file_name\":\"c.jpg\"},{\"id\":4,\"file_name\":\"../../d.jpg\"}],"
                + "\"annotations\":["
                + "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,1,1]},"
                + "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,2,2]},"
                + "{\"id\":2,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,0,5]},"
                + "{\"id\":3,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,5,-1]},"
                + "{\"id\":4,\"image_id\":1,\"category_id\":2,\"bbox\":[0,0,5,1]},"
                + "{\"id\":5,\"image_id\":9,\"category_id\":1,\"bbox\":[0,0,5,1]},"
                + "{\"id\":6,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,5]},"
                + "{\"id\":7,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,\"x\",1]},"
                + "{\"id\":8,\"image_id\":1,\"bbox\":[0,0,1,1]}],"
                + CATEGORIES);

    // When
    AnnotatedDataset dataset = new CocoReader(null).read(List.of(source), problems);

    // Then
    assertThat(problems.byName())
        .containsOnly(
            java.util.Map.entry("duplicate-image-id", 1L),
            java.util.Map.entry("malformed-image-entry", 1L),
            java.util.Map.entry("missing-image", 1L),
            java.util.Map.entry("duplicate-annotation-id", 1L),
            java.util.Map.entry("degenerate-box", 2L),
            java.util.Map.entry("unknown-category", 1L),
            java.util.Map.entry("unknown-image", 1L),
            java.util.Map.entry("malformed-annotation", 3L));
    assertThat(dataset.images()).hasSize(1);
    assertThat(dataset.images().get(0).file()).hasFileName("a.jpg");
    assertThat(dataset.images().get(0).boxes())
        .extracting(AnnotatedBox::annotationId)
        .containsExactly("1", "1~2");
  }

  @Test
  void filesThatSayThingsTwiceAreRefused() throws IOException {
    String whole =
        "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"}],\"annotations\":[]," + CATEGORIES;

    assertThatThrownBy(() -> read(source(whole + ",\"annotations\":[]")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("not COCO: found key 'annotations' twice");
    assertThatThrownBy(() -> read(source(whole + "}{" + whole)))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("not COCO: found more after its end, as if files were joined");
  }

  @Test
  void aCategoryNeedsAName() throws IOException {
    assertThatThrownBy(
            () ->
                read(
                    source(
                        "\"images\":[],\"annotations\":[],\"categories\":[{\"id\":1,\"name\":\" \"}]")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found a category with id '1' and name ' '");
  }

  @Test
  void annotationsThatCountFromAnotherNumberThanTheCategoriesAreRefused() throws IOException {
    String images = "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"}],";
    String categories =
        "\"categories\":[{\"id\":1,\"name\":\"a\"},{\"id\":2,\"name\":\"b\"},{\"id\":3,\"name\":\"c\"}]";

    assertThatThrownBy(() -> read(source(images + annotations(0, 0, 0, 0, 0, 1, 2) + categories)))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "found category 0 in 5 of 7 annotations and category 3 in none, where the"
                + " categories are 1 to 3");
    assertThatThrownBy(() -> read(source(images + annotations(2, 3, 4, 4, 4, 4, 4) + categories)))
        .hasMessageContaining("found category 4 in 5 of 7 annotations and category 1 in none");
    assertThatThrownBy(() -> read(source(images + annotations(0, 1, 2) + categories)))
        .hasMessageContaining("found category 0 in 1 of 3 annotations and category 3 in none");
    // A few among many of a category that is not listed, or any number while all others are used.
    assertThat(
            read(source(images + annotations(0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2) + categories))
                .images()
                .get(0)
                .boxes())
        .hasSize(10);
    assertThat(
            read(source(images + annotations(0, 0, 0, 0, 0, 1, 2, 3) + categories))
                .images()
                .get(0)
                .boxes())
        .hasSize(3);
  }

  private static String annotations(int... categories) {
    StringBuilder text = new StringBuilder();
    for (int category : categories) {
      text.append(text.length() == 0 ? "" : ",")
          .append("{\"image_id\":1,\"category_id\":" + category + ",\"bbox\":[0,0,5,5]}");
    }
    return "\"annotations\":[" + text + "],";
  }

  /** Views keep boxes as float32, in which 4 + 1e-9 is 4. */
  @Test
  void aBoxThatFloat32CannotTellFromNothingIsDegenerate() throws IOException {
    AnnotatedDataset dataset =
        read(
            source(
                "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"}],\"annotations\":["
                    + "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[4,4,1e-9,5]},"
                    + "{\"id\":2,\"image_id\":1,\"category_id\":1,\"bbox\":[4,4,0.001,5]}],"
                    + CATEGORIES));

    assertThat(dataset.images().get(0).boxes()).hasSize(1);
    assertThat(problems.count(Problem.DEGENERATE_BOX)).isEqualTo(1);
  }

  @Test
  void namesAreTakenWithoutBlanksAroundThem() throws IOException {
    assertThat(
            read(source(
                    "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"}],\"annotations\":[],"
                        + "\"categories\":[{\"id\":1,\"name\":\" cat\\n\"}]"))
                .classNames())
        .containsExactly("cat");
  }

  @Test
  void aFileThatPlainlyIsSomethingElseIsNamed() throws IOException {
    Path zipped = Files.write(folder.resolve("zipped.json"), new byte[] {0x1f, (byte) 0x8b, 8, 0});

    assertThatThrownBy(() -> read(new DatasetSource("train", zipped, folder, null, "")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("annotation file " + zipped + ": found a gzip file; unpack it");
  }

  /** Runs match classes by name, so that one of the two would never be learned. */
  @Test
  void twoCategoriesOfOneNameAreRefused() throws IOException {
    assertThatThrownBy(
            () ->
                read(
                    source(
                        "\"images\":[],\"annotations\":[],\"categories\":["
                            + "{\"id\":1,\"name\":\"cat\"},{\"id\":1,\"name\":\"cat\"},"
                            + "{\"id\":2,\"name\":\"cat\"}]")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("category 2 has the name 'cat' of another one");
  }

  @Test
  void whatLeftNoImageIsSaid() throws IOException {
    assertThatThrownBy(
            () ->
                read(
                    source(
                        "\"images\":[{\"id\":1,\"file_name\":\"/elsewhere/a.jpg\"}],\"annotations\":[],"
                            + CATEGORIES)))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found no image in any source {missing-image=1}; the first: ")
        .hasMessageEndingWith("image 1: file_name leaves the image folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "\"true\"", "\"True\"", "1", "\"1\"", "1.0"})
  void crowdsMayBeMarkedInAnyWay(String mark) throws IOException {
    AnnotatedDataset dataset =
        read(
            source(
                "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"}],\"annotations\":[{\"id\":1,"
                    + "\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,5,5],\"iscrowd\":"
                    + mark
                    + "}],"
                    + CATEGORIES));

    assertThat(dataset.images().get(0).boxes().get(0).crowd()).isTrue();
  }

  private AnnotatedDataset read(DatasetSource source) {
    return new CocoReader(null).read(List.of(source), problems);
  }

  @Test
  void givenClassNamesChooseAndOrderTheLabels() throws IOException {
    DatasetSource source =
        source(
            "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"}],\"annotations\":["
                + "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,1,1]},"
                + "{\"id\":2,\"image_id\":1,\"category_id\":90,\"bbox\":[0,0,1,1]}],"
                + CATEGORIES);

    AnnotatedDataset dataset =
        new CocoReader(List.of("toothbrush")).read(List.of(source), problems);

    assertThat(dataset.categoryIds()).containsExactly(90L);
    assertThat(dataset.images().get(0).boxes()).extracting(AnnotatedBox::label).containsExactly(0);
    assertThat(problems.count(Problem.UNKNOWN_CATEGORY)).isEqualTo(1);
    assertThatThrownBy(() -> new CocoReader(List.of("cat")).read(List.of(source), problems))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("class-names: found 'cat', which is not a category of ");
  }

  @Test
  void sourcesWhoseIdsCollideNeedAPrefix() throws IOException {
    String content =
        "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"}],\"annotations\":[]," + CATEGORIES;
    DatasetSource one = source(content);
    Path other =
        Files.writeString(
            folder.resolve("other_train.json"), "{" + content.replace("a.jpg", "b.jpg") + "}");

    assertThatThrownBy(
            () ->
                new CocoReader(null)
                    .read(List.of(one, DatasetSource.of(null, other, folder)), problems))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("image id 1: found in two sources")
        .hasMessageEndingWith("give one of the sources an id-prefix");

    AnnotatedDataset dataset =
        new CocoReader(null)
            .read(List.of(one, new DatasetSource(null, other, folder, null, "t")), problems);
    assertThat(dataset.images()).extracting(AnnotatedImage::imageId).containsExactly("1", "t1");
    assertThat(dataset.images()).extracting(AnnotatedImage::split).containsExactly("val", "train");
  }

  @Test
  void aWrongAnnotationFileIsOneClearLine() throws IOException {
    assertThatThrownBy(() -> read(folder.resolve("absent.json")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("annotation file " + folder.resolve("absent.json") + ": not found");
    assertThatThrownBy(() -> read(folder))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith("found a folder, expected a COCO JSON file");
    assertThatThrownBy(() -> read("{\"images\": [nonsense"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith(": not JSON: line 1, column 13: unrecognized token 'nonsense'")
        .hasMessageNotContaining("\n");
    assertThatThrownBy(() -> read("{\"images\":[{\"id\":1"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(": not JSON: ");
    assertThatThrownBy(() -> read("[1]"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("not COCO: found no JSON object");
    assertThatThrownBy(() -> read("{\"annotations\":[],\"categories\":[]}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("not COCO: missing key 'images'");
    assertThatThrownBy(() -> read("{\"images\":{},\"annotations\":[]}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("not COCO: key 'images' is not a list");
    assertThatThrownBy(() -> read("{\"images\":[3]}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("not COCO: key 'images' holds something that is not an object");
    assertThatThrownBy(() -> read("{\"images\":[],\"annotations\":[]," + CATEGORIES + "}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("dataset: found no image in any source");
    assertThatThrownBy(() -> read(Files.write(folder.resolve("b.json"), new byte[] {0, 1, -1})))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(": not JSON: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "1.0", "1e0", "10E-1", "\"1\"", "\"1.0\"", "\" 1 \"", "\"1e+00\""})
  void wholeNumbersAreReadInAnyNotationAndAsText(String one) throws IOException {
    DatasetSource source =
        source(
            "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\",\"width\":%s,\"height\":%s}],"
                    .formatted(one, one)
                + "\"annotations\":[{\"id\":%s,\"image_id\":%s,\"category_id\":%s,"
                    .formatted(one, one, one)
                + "\"bbox\":[%s,0,%s,%s],\"area\":%s,\"iscrowd\":%s}],"
                    .formatted(one, one, one, one, one)
                + "\"categories\":[{\"id\":%s,\"name\":\"person\"}]".formatted(one));

    AnnotatedDataset dataset = new CocoReader(null).read(List.of(source), problems);

    assertThat(dataset.categoryIds()).containsExactly(1L);
    assertThat(dataset.images().get(0).width()).isEqualTo(1);
    AnnotatedBox box = dataset.images().get(0).boxes().get(0);
    assertThat(box.crowd()).isTrue();
    assertThat(box.area()).isEqualTo(1);
    assertThat(box.x()).isEqualTo(1);
    assertThat(problems.total()).isZero();
  }

  @Test
  void textIdsOfImagesAreKeptAsTheyAre() throws IOException {
    // Given: "001" and "1" are two texts; the number 1 is the second
    DatasetSource source =
        source(
            "\"images\":[{\"id\":\"001\",\"file_name\":\"a.jpg\"},{\"id\":\"1\",\"file_name\":\"b.jpg\"},"
                + "{\"id\":\"x/y\",\"file_name\":\"c.jpg\"},{\"id\":\"007\",\"file_name\":\"d.jpg\"}],"
                + "\"annotations\":["
                + "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,1,1]},"
                + "{\"id\":2,\"image_id\":\"001\",\"category_id\":1,\"bbox\":[0,0,2,1]},"
                + "{\"id\":3,\"image_id\":\"x/y\",\"category_id\":1,\"bbox\":[0,0,3,1]},"
                + "{\"id\":4,\"image_id\":7,\"category_id\":1,\"bbox\":[0,0,4,1]}],"
                + CATEGORIES);

    AnnotatedDataset dataset = new CocoReader(null).read(List.of(source), problems);

    assertThat(dataset.images())
        .extracting(image -> image.imageId() + " " + image.boxes().get(0).width())
        .containsExactly("001 2.0", "1 1.0", "x/y 3.0", "007 4.0");
    assertThat(problems.total()).isZero();
  }

  @Test
  void aCategoryIdThatIsNoNumberIsNamed() throws IOException {
    for (String id : List.of("\"cat-1\"", "1.5", "null", "NaN", "99999999999999999999")) {
      assertThatThrownBy(
              () ->
                  read(
                      "{\"images\":[],\"annotations\":[],\"categories\":[{\"id\":%s,\"name\":\"LP\"}]}"
                          .formatted(id)))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageContaining("not COCO: found a category with id ")
          .hasMessageContaining("and name 'LP', expected a whole number and a text");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity", "-Infinity", "1e999", "\"Infinity\""})
  void aNumberThatIsNotFiniteCostsItsBox(String number) throws IOException {
    for (int place = 0; place < 4; place++) {
      String[] box = {"1", "1", "5", "5"};
      box[place] = number;
      DatasetSource source =
          source(
              "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\",\"width\":NaN,\"score\":NaN}],"
                  + "\"annotations\":[{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":["
                  + String.join(",", box)
                  + "],\"area\":"
                  + number
                  + ",\"iscrowd\":NaN},{\"id\":2,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,1,1],"
                  + "\"area\":"
                  + number
                  + "}],"
                  + CATEGORIES);

      AnnotatedDataset dataset = new CocoReader(null).read(List.of(source), new Problems());

      assertThat(dataset.images().get(0).boxes())
          .extracting(AnnotatedBox::annotationId, AnnotatedBox::area)
          .containsExactly(org.assertj.core.api.Assertions.tuple("2", -1.0));
    }
  }

  @Test
  void anIdOfSeveralFilesStandsForNone() throws IOException {
    DatasetSource source =
        source(
            "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"},{\"id\":1,\"file_name\":\"b.jpg\"},"
                + "{\"id\":2,\"file_name\":\"c.jpg\"}],\"annotations\":["
                + "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,1,1]},"
                + "{\"id\":2,\"image_id\":2,\"category_id\":1,\"bbox\":[0,0,1,1]}],"
                + CATEGORIES);

    AnnotatedDataset dataset = new CocoReader(null).read(List.of(source), problems);

    assertThat(dataset.images()).extracting(AnnotatedImage::imageId).containsExactly("2");
    // Two images and a box.
    assertThat(problems.byName()).containsExactly(java.util.Map.entry("duplicate-image-id", 3L));
  }

  @Test
  void annotationsWithoutIdAreKnownByTheirImageAndClass() throws IOException {
    String box = "{\"image_id\":2,\"category_id\":1,\"bbox\":[0,0,1,1]}";

    AnnotatedDataset dataset =
        read(
            source(
                "\"images\":[{\"id\":2,\"file_name\":\"a.jpg\"}],\"annotations\":["
                    + box
                    + ","
                    + box
                    + "],"
                    + CATEGORIES));

    assertThat(dataset.images().get(0).boxes())
        .extracting(AnnotatedBox::annotationId)
        .containsExactly("2:0", "2:0~2");
    assertThat(problems.total()).isZero();
  }

  @Test
  void namesThatDifferInWhatNobodySeesAreOne() {
    assertThatThrownBy(
            () ->
                read(
                    source(
                        "\"images\":[],\"annotations\":[],\"categories\":[{\"id\":1,\"name\":\"cat\"},"
                            + "{\"id\":2,\"name\":\"cat\u200B\u00A0\"}]")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("category 2 has the name 'cat' of another one");
  }

  @Test
  @Timeout(20)
  void anIdOfEveryAnnotationCostsNoSearch() throws IOException {
    String zero = "{\"id\":0,\"image_id\":2,\"category_id\":1,\"bbox\":[0,0,1,1]}";
    DatasetSource source =
        source(
            "\"images\":[{\"id\":2,\"file_name\":\"a.jpg\"}],\"annotations\":["
                + zero.replace(":0,", ":\"0~3\",")
                + ("," + zero).repeat(40_000)
                + "],"
                + CATEGORIES);

    AnnotatedDataset dataset = new CocoReader(null).read(List.of(source), problems);

    assertThat(dataset.images().get(0).boxes())
        .extracting(AnnotatedBox::annotationId)
        .startsWith("0~3", "0", "0~2", "0~4")
        .endsWith("0~40001")
        .doesNotHaveDuplicates();
    assertThat(problems.count(Problem.DUPLICATE_ANNOTATION_ID)).isEqualTo(39_999);
  }

  @Test
  void aFileOfTwoIdsIsOneImageUnlessTheyAreOfTwoSources() throws IOException {
    String content =
        "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"},{\"id\":2,\"file_name\":\"./a.jpg\"}],"
            + "\"annotations\":[{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,1,1]},"
            + "{\"id\":2,\"image_id\":2,\"category_id\":1,\"bbox\":[0,0,1,1]},"
            + "{\"id\":3,\"image_id\":2,\"category_id\":90,\"bbox\":[0,0,1,1]}],"
            + CATEGORIES;
    DatasetSource val = source(content);
    Path other = Files.writeString(folder.resolve("train.json"), "{" + content + "}");

    AnnotatedDataset dataset =
        new CocoReader(null)
            .read(List.of(val, new DatasetSource(null, other, folder, null, "t")), problems);

    assertThat(dataset.images())
        .extracting(AnnotatedImage::imageId)
        .containsExactly("1", "t1", "t2");
    assertThat(dataset.images().get(0).boxes())
        .extracting(AnnotatedBox::annotationId)
        .containsExactly("1", "3");
    assertThat(problems.byName()).containsExactly(java.util.Map.entry("shared-image-file", 3L));
  }

  @Test
  void fileNamesOfOtherSystemsAreFound() throws IOException {
    assumeTrue(
        System.getProperty("sun.jnu.encoding").startsWith("UTF"),
        "file names are not Unicode in this locale");
    Files.createDirectories(folder.resolve("sub"));
    Files.write(folder.resolve("sub/caf\u00e9.jpg"), new byte[1]);
    Files.write(folder.resolve("cafe\u0301.png"), new byte[1]);
    DatasetSource source =
        source(
            "\"images\":[{\"id\":1,\"file_name\":\"sub\\\\caf\u00e9.jpg\"},"
                + "{\"id\":2,\"file_name\":\"sub/cafe\u0301.jpg\"},{\"id\":3,\"file_name\":\"caf\u00e9.png\"}],"
                + "\"annotations\":[],"
                + CATEGORIES);

    AnnotatedDataset dataset = new CocoReader(null).read(List.of(source), problems);

    assertThat(dataset.images()).allMatch(image -> Files.exists(image.file()));
    assertThat(problems.byName()).containsExactly(java.util.Map.entry("shared-image-file", 1L));
  }

  /** What a reader says of the arguments: format, annotations, images. */
  static final class Reading {
    private Reading() {}

    public static void main(String[] args) {
      try {
        DatasetReader.of(
                DatasetFormat.valueOf(args[0]), List.of("person"), null, DifficultObjects.IGNORE)
            .read(
                List.of(DatasetSource.of(null, Path.of(args[1]), Path.of(args[2]))),
                new Problems());
      } catch (UserMistakeException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLocaleThatLosesFileNamesIsNamed(DatasetFormat format) throws Exception {
    assumeTrue(
        System.getProperty("sun.jnu.encoding").startsWith("UTF"),
        "file names are not Unicode in this locale");
    // Given: a picture and its annotations in each format, with a name that ASCII lacks
    Path images = Files.createDirectories(folder.resolve("images"));
    Path labels = Files.createDirectories(folder.resolve("labels"));
    Path xmls = Files.createDirectories(folder.resolve("xmls"));
    Files.write(images.resolve("caf\u00e9.jpg"), new byte[1]);
    Files.writeString(labels.resolve("caf\u00e9.txt"), "0 0.5 0.5 0.1 0.1\n");
    Files.writeString(xmls.resolve("a.xml"), "<annotation/>");
    Path json =
        source(
                "\"images\":[{\"id\":1,\"file_name\":\"caf\\u00e9.jpg\"}],\"annotations\":[],"
                    + CATEGORIES)
            .annotations();
    Path annotations =
        switch (format) {
          case COCO, COCO_LABEL_MAPS -> json;
          case VOC -> xmls;
          case YOLO, LABEL_MAPS -> labels;
        };

    // When
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Reading.class.getName(),
            format.name(),
            annotations.toString(),
            images.toString());
    builder.environment().put("LC_ALL", "POSIX");
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    // Then
    assertThat(process.waitFor()).isZero();
    assertThat(output)
        .contains("refused: file name ")
        .contains(
            ": the locale of this process knows names in ANSI_X3.4-1968 only, expected UTF-8;")
        .contains("set LC_ALL to a UTF-8 locale");
  }

  @Test
  void aSplitFileChoosesByNamePathOrId() throws IOException {
    String images =
        "\"images\":[{\"id\":11,\"file_name\":\"x/a.jpg\"},{\"id\":12,\"file_name\":\"x\\\\b.v1.jpg\"},"
            + "{\"id\":13,\"file_name\":\"y/c d.jpg\"},{\"id\":14,\"file_name\":\"y/e.jpg\"}],"
            + "\"annotations\":[{\"id\":1,\"image_id\":14,\"category_id\":1,\"bbox\":[0,0,1,1]}],"
            + CATEGORIES;
    DatasetSource all = source(images);
    Path list =
        Files.writeString(
            folder.resolve("val.txt"),
            "\uFEFF/data/set/x/a.jpg\r\nx/b.v1\r\n\r\n.\\y\\c d.jpg\r\nabsent\r\n");
    Path ids = Files.writeString(folder.resolve("ids.txt"), "14\n");

    assertThat(read(all, list).images())
        .extracting(AnnotatedImage::imageId)
        .containsExactly("11", "12", "13");
    assertThat(problems.byName()).containsExactly(java.util.Map.entry("missing-image", 1L));
    assertThat(read(all, ids).images().get(0).boxes()).hasSize(1);
    Path wrong = Files.writeString(folder.resolve("wrong.txt"), "one\ntwo\n");
    assertThatThrownBy(() -> read(all, wrong))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("wrong.txt: found none of its 2 lines below ")
        .hasMessageContaining("e.g. 'one'; expected names such as 'x/a.jpg'");
    Path empty = Files.writeString(folder.resolve("empty.txt"), "\n");
    assertThatThrownBy(() -> read(all, empty))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith("empty.txt: found no line, expected a name each");
    assertThatThrownBy(() -> read(all, folder.resolve("absent.txt")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith("absent.txt: not found");
  }

  @Test
  void anotherEncodingIsNamed() throws IOException {
    Path json =
        Files.write(
            folder.resolve("gbk.json"),
            "{\"images\":[{\"id\":1,\"file_name\":\"\u732b\u72d7.jpg\"}]}"
                .getBytes(java.nio.charset.Charset.forName("GBK")));

    assertThatThrownBy(() -> read(json))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageMatching(
            "annotation file .*gbk.json: not JSON: line 1, column [0-9]+: found bytes that are not"
                + " UTF-8; save the file as UTF-8");
    Path utf16 =
        Files.write(
            folder.resolve("utf16.json"),
            ("\uFEFF{\"images\":[{\"id\":1,\"file_name\":\"\u732b.jpg\"}],\"annotations\":[],"
                    + CATEGORIES
                    + "}")
                .getBytes(StandardCharsets.UTF_16LE));
    assertThat(read(utf16).images().get(0).file()).hasFileName("\u732b.jpg");
  }

  private AnnotatedDataset read(DatasetSource source, Path splitFile) {
    return new CocoReader(null)
        .read(
            List.of(new DatasetSource(null, source.annotations(), source.images(), splitFile, "")),
            problems);
  }

  @Test
  void theRealFilesAreReadWholly() {
    Path data = Shared.data("coco-mini");
    AnnotatedDataset dataset =
        new CocoReader(null)
            .read(
                List.of(
                    DatasetSource.of(
                        null,
                        data.resolve("annotations/instances_train2017.json"),
                        data.resolve("train2017")),
                    DatasetSource.of(
                        null,
                        data.resolve("annotations/instances_val2017.json"),
                        data.resolve("val2017"))),
                problems);

    assertThat(dataset.classNames()).hasSize(80).startsWith("person", "bicycle", "car");
    assertThat(dataset.categoryIds()).startsWith(1L, 2L).endsWith(89L, 90L);
    List<AnnotatedImage> val =
        dataset.images().stream().filter(i -> i.split().equals("val")).toList();
    assertThat(val).hasSize(79);
    assertThat(val.stream().mapToInt(i -> i.boxes().size()).sum()).isEqualTo(624);
    assertThat(val.stream().flatMap(i -> i.boxes().stream()).filter(AnnotatedBox::crowd))
        .hasSize(5);
    List<AnnotatedImage> train =
        dataset.images().stream().filter(i -> i.split().equals("train")).toList();
    assertThat(train).hasSize(80);
    assertThat(train.stream().mapToInt(i -> i.boxes().size()).sum()).isEqualTo(739);
    assertThat(problems.total()).isZero();
  }

  private AnnotatedDataset read(String json) throws IOException {
    return read(Files.writeString(folder.resolve("val.json"), json));
  }

  private AnnotatedDataset read(Path json) {
    return new CocoReader(null).read(List.of(DatasetSource.of(null, json, folder)), problems);
  }

  private DatasetSource source(String content) throws IOException {
    Path json = Files.writeString(folder.resolve("instances_val.json"), "{" + content + "}");
    return DatasetSource.of(null, json, folder);
  }
}
