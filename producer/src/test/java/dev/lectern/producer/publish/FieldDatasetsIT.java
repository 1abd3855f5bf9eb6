package dev.lectern.producer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.producer.Pictures;
import dev.lectern.producer.Shared;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.Canvas;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

/**
 * Datasets as users of other programs reported them, published and read back: the reported folder
 * where the real data are, and one that is drawn here.
 */
class FieldDatasetsIT {
  /** Where a dataset comes from. */
  enum From {
    /** The folder below {@code field/data} of the real data. */
    FIELD,
    /** Annotations of the test's resources with pictures that are drawn, or all drawn. */
    DRAWN
  }

  @TempDir static Path broker;
  @TempDir Path folder;

  private static EmbeddedBroker kafka;
  private static Map<String, Object> client;
  private static final AtomicInteger NAMES = new AtomicInteger();

  @BeforeAll
  static void start() {
    kafka = EmbeddedBroker.start(broker);
    client = Map.of("bootstrap.servers", kafka.bootstrapServers());
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  // ------------------------------------------------------------------------------------------ COCO

  @ParameterizedTest
  @EnumSource
  void idsMayBeText(From from) throws Exception {
    open(from, "c01b-string-ids-both");

    Published published = publish("format=coco", "annotations=ann.json", "images=img");

    assertThat(published.manifest().getClassNames()).containsExactly("LP");
    assertThat(published.manifest().getCategoryIds()).containsExactly(0L);
    assertThat(published.boxes("a")).containsExactly("0 [4.0, 4.0, 24.0, 24.0]");
    assertThat(published.result().problems()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void categoryIdsMayBeAnyWholeNumbers(From from) throws Exception {
    open(from, "c02-arbitrary-category-ids");

    Published published = publish("format=coco", "annotations=ann.json", "images=img");

    assertThat(published.manifest().getClassNames()).containsExactly("tree", "panel", "roof");
    assertThat(published.manifest().getCategoryIds())
        .containsExactly(3L, 74673216L, 9007199254740993L);
    assertThat(published.boxes("789")).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource
  void aFileUnderTwoIdsIsOneImageWithTheBoxesOfBoth(From from) throws Exception {
    open(from, "c03-same-file-two-ids");

    Published published = publish("format=coco", "annotations=ann.json", "images=img");

    assertThat(published.views()).containsOnlyKeys("1", "2");
    assertThat(published.boxes("1"))
        .containsExactly("0 [4.0, 4.0, 24.0, 24.0]", "1 [30.0, 20.0, 50.0, 40.0]");
    assertThat(published.result().problems()).containsExactly(entry("shared-image-file", 1L));
  }

  @ParameterizedTest
  @EnumSource
  void backslashesInFileNamesAreFolders(From from) throws Exception {
    open(from, "c05-backslash-file-name");

    for (String json : List.of("ann.json", "all.json")) {
      Published published = publish("format=coco", "annotations=" + json, "images=.");

      assertThat(published.views()).containsOnlyKeys("1", "2");
      published.assertShows("1", "images/a.jpg");
      assertThat(published.result().problems()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFewBadBoxesAreLeftOutAndTheRestKept(From from) throws Exception {
    open(from, "c07-degenerate-boxes");

    Published published = publish("format=coco", "annotations=ann.json", "images=img");

    assertThat(published.boxes("1"))
        .containsExactly(
            "1 [10.0, 10.0, 30.0, 30.0]", "0 [0.0, 0.0, 14.0, 14.0]", "0 [60.0, 40.0, 64.0, 48.0]");
    assertThat(published.result().problems())
        .containsOnly(
            entry("degenerate-box", 3L), entry("box-outside-image", 1L), entry("clipped-box", 2L));
  }

  @ParameterizedTest
  @EnumSource
  void annotationsWithoutBoxAreLeftOut(From from) throws Exception {
    open(from, "c10-no-bbox");

    Published published = publish("format=coco", "annotations=ann.json", "images=img");

    assertThat(published.boxes("1")).containsExactly("1 [10.0, 10.0, 30.0, 30.0]");
    assertThat(published.result().problems()).containsExactly(entry("malformed-annotation", 4L));
  }

  @ParameterizedTest
  @EnumSource
  void oneNumberThatIsNoneCostsOneBox(From from) throws Exception {
    open(from, "c11-nan-token");

    Published published = publish("format=coco", "annotations=ann.json", "images=img");
    Published areas = publish("format=coco", "annotations=area.json", "images=img");

    assertThat(published.boxes("1")).hasSize(1);
    assertThat(published.boxes("2")).containsExactly("1 [10.0, 10.0, 30.0, 30.0]");
    assertThat(published.result().problems()).containsExactly(entry("degenerate-box", 1L));
    assertThat(areas.views().get("1").getGroundTruth().get(0).getSourceArea())
        .isCloseTo(400, within(1e-3));
    assertThat(areas.result().problems()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void wholeNumbersMayHaveAPoint(From from) throws Exception {
    open(from, "c12-float-ids");

    Published published = publish("format=coco", "annotations=ann.json", "images=img");

    assertThat(published.boxes("1")).containsExactly("0 [4.0, 4.0, 24.0, 24.0]");
    assertThat(published.boxes("2")).containsExactly("0 [4.0, 4.0, 24.0, 24.0]");
    assertThat(published.result().problems()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aDamagedFileOfOneLineIsNamedWithItsColumn(From from) throws Exception {
    if (from == From.FIELD) {
      open(from, "c13-truncated-one-line-json");
    } else {
      drawDamagedJson();
    }

    refuses(
        "comma.json",
        "line 1, column [0-9]{3,6}: unexpected character \\('.' \\(code [0-9]+\\)\\)");
    refuses(
        "ctrl.json",
        "line 1, column [0-9]{3,6}: illegal (unquoted )?character \\(\\(CTRL-CHAR, code [0-9]+\\)\\).*");
    refuses(
        "cut.json",
        "line 1, column [0-9]{3,6}: the file ends in the middle; it may have been cut off");
    assertThatThrownBy(() -> publish("format=coco", "annotations=zero.json", "images=img"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("zero.json: not COCO: the file is empty");
  }

  private void refuses(String json, String reason) {
    assertThatThrownBy(() -> publish("format=coco", "annotations=" + json, "images=img"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageMatching("annotation file .*/" + json + ": not JSON: " + reason);
  }

  private void drawDamagedJson() throws IOException {
    draw("img/a.jpg");
    StringBuilder json = new StringBuilder("{\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"}],");
    json.append("\"categories\":[{\"id\":1,\"name\":\"cat\"}],\"annotations\":[");
    for (int i = 1; i <= 300; i++) {
      json.append(i == 1 ? "" : ",")
          .append("{\"id\":%d,\"image_id\":1,\"category_id\":1,\"bbox\":[4,4,20,20]}".formatted(i));
    }
    json.append("]}");
    String whole = json.toString();
    write("comma.json", whole.replace("{\"id\":200,", "{\"id\":200,,"));
    write(
        "ctrl.json",
        whole
            .replace("\"cat\"", "\"c\u0001at\"")
            .replace("\"a.jpg\"}],", "\"a.jpg\"}]," + "\"info\":\"" + "x".repeat(200) + "\","));
    write("cut.json", whole.substring(0, whole.length() * 3 / 4));
    write("zero.json", "");
  }

  // ------------------------------------------------------------------------------------------- VOC

  @ParameterizedTest
  @EnumSource
  void aVocImageIsFoundByTheNameOfItsFile(From from) throws Exception {
    open(from, "v01-filename-no-ext");

    Published published = publish("format=voc", "annotations=A", "images=I");

    published.assertShows("BloodImage_1", "I/BloodImage_1.jpg");
    published.assertShows("BloodImage_2", "I/BloodImage_2.jpg");
    assertThat(published.result().problems()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aStaleFilenameDoesNotShiftTheImages(From from) throws Exception {
    open(from, "v02-stale-filename");

    Published published = publish("format=voc", "annotations=A", "images=I");

    for (String image : List.of("img_1", "img_2", "img_3")) {
      published.assertShows(image, "I/" + image + ".jpg");
    }
    assertThat(published.result().problems()).containsExactly(entry("stale-filename", 3L));
  }

  @ParameterizedTest
  @EnumSource
  void filenamesMayBePathsOfOtherMachines(From from) throws Exception {
    open(from, "v02b-filename-path-ext");

    Published published = publish("format=voc", "annotations=A", "images=I");

    published.assertShows("a", "I/a.JPG");
    published.assertShows("b", "I/b.png");
    published.assertShows("c", "I/c.jpg");
    assertThat(published.result().problems()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void xmlFilesAreReadInAnyCaseAndFolder(From from) throws Exception {
    open(from, "v02c-upper-xml-nested");

    Published published = publish("format=voc", "annotations=A", "images=I");

    assertThat(published.views()).containsOnlyKeys("a", "b", "sub/c");
    published.assertShows("b", "I/b.jpg");
    published.assertShows("sub/c", "I/sub/c.jpg");
  }

  @ParameterizedTest
  @EnumSource
  void vocNumbersMayHaveFractionsAndPartsAreNoObjects(From from) throws Exception {
    open(from, "v03-float-order-parts");

    Published published = publish("format=voc", "annotations=A", "images=I");

    assertThat(published.boxes("a"))
        .containsExactly("0 [2.0, 4.25, 30.5, 45.7]", "0 [39.0, 4.0, 60.0, 40.0]");
  }

  @ParameterizedTest
  @EnumSource
  void vocSizesOfZeroAreUnknown(From from) throws Exception {
    open(from, "v04-size0-zero-swapped");

    Published published = publish("format=voc", "annotations=A", "images=I");

    assertThat(published.boxes("a"))
        .containsExactly("0 [0.0, 0.0, 14.0, 21.0]", "0 [19.0, 19.0, 64.0, 48.0]");
    assertThat(published.result().problems()).containsExactly(entry("degenerate-box", 2L));
  }

  // ------------------------------------------------------------------------------------------ YOLO

  @ParameterizedTest
  @EnumSource
  void linksToFoldersAndFilesAreFollowed(From from) throws Exception {
    if (from == From.FIELD) {
      open(from, "y01-symlinked-images");
    } else {
      for (int i = 0; i < 3; i++) {
        for (String image : List.of("store/frames/f", "store2/train/f")) {
          draw(image + i + ".jpg");
        }
        for (String label : List.of("ds/labels/train/f", "ds2/labels/train/f", "ds3/labels/f")) {
          write(label + i + ".txt", "0 0.5 0.5 0.25 0.25\n");
        }
      }
      draw("ds2/images/plain.jpg");
      write("ds2/labels/plain.txt", "");
      write("names.txt", "cat\n");
    }
    link("ds/images", "../store2");
    link("ds2/images/train", "../../store/frames");
    for (int i = 0; i < 3; i++) {
      link("ds3/images/f" + i + ".jpg", "../../store/frames/f" + i + ".jpg");
    }

    String names = "class-names-file=names.txt";
    Published folderLink = publish("format=yolo", "images=ds/images", names);
    Published subfolderLink = publish("format=yolo", "images=ds2/images", names);
    Published fileLinks = publish("format=yolo", "images=ds3/images", names);

    assertThat(folderLink.views()).containsOnlyKeys("train/f0", "train/f1", "train/f2");
    assertThat(subfolderLink.views()).containsOnlyKeys("plain", "train/f0", "train/f1", "train/f2");
    assertThat(fileLinks.views()).containsOnlyKeys("f0", "f1", "f2");
    for (Published published : List.of(folderLink, subfolderLink, fileLinks)) {
      assertThat(published.result().problems()).isEmpty();
      assertThat(published.result().objects()).isGreaterThanOrEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void linesWithCommasAreNamed(From from) throws Exception {
    open(from, "y03-comma-separated");

    Published published = publish("format=yolo", "images=images", "class-names-file=names.txt");

    assertThat(published.result().problems()).containsExactly(entry("malformed-label-line", 2L));
    assertThat(published.boxes("c")).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void classesAreWholeNumbersInAnyNotation(From from) throws Exception {
    open(from, "y04-decimal-class-ids");

    Published published = publish("format=yolo", "images=images", "class-names-file=names.txt");

    assertThat(published.boxes("a")).hasSize(2);
    assertThat(published.boxes("b")).hasSize(1);
    assertThat(published.boxes("a").get(0)).startsWith("1 ");
    assertThat(published.boxes("b").get(0)).startsWith("1 ");
    assertThat(published.result().problems()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void byteOrderMarksAreNoPartOfNamesOrNumbers(From from) throws Exception {
    open(from, "y05-utf8-bom");

    for (String names : List.of("classes.txt", "data.yaml")) {
      Published published = publish("format=yolo", "images=images", "class-names-file=" + names);

      assertThat(published.manifest().getClassNames()).containsExactly("cat", "dog");
      assertThat(published.boxes("a")).hasSize(2);
      assertThat(published.result().problems()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void anotherEncodingIsNamed(From from) throws Exception {
    open(from, "y07-gbk-yaml");

    for (String names : List.of("data.yaml", "names.txt")) {
      assertThatThrownBy(() -> publish("format=yolo", "images=images", "class-names-file=" + names))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageMatching(
              "class names file .*"
                  + names
                  + ": found byte 0xB9 at offset [0-9]+ \\(line [12]\\), which is not UTF-8; it may be"
                  + " GB18030.*; save the file as UTF-8");
    }
  }

  @ParameterizedTest
  @EnumSource
  void onlyWholeJpegsArePublished(From from) throws Exception {
    if (from == From.FIELD) {
      open(from, "y08-jpeg-endings");
    } else {
      byte[] whole = Pictures.encoded(Pictures.gradient(320, 240), "jpg");
      byte[] cut = Pictures.cut(whole, 0.6);
      write("images/whole.jpg", whole);
      write("images/cut.jpg", cut);
      write("images/cuteoi.jpg", joined(cut, new byte[] {(byte) 0xFF, (byte) 0xD9}));
      write("images/noeoi.jpg", Arrays.copyOf(whole, whole.length - 2));
      write("images/zeropad.jpg", Arrays.copyOf(cut, whole.length));
      write("images/trailing.jpg", Arrays.copyOf(whole, whole.length + 500));
      write("images/mpo.jpg", joined(whole, Pictures.encoded(Pictures.gradient(32, 24), "jpg")));
      for (String name : "whole cut cuteoi noeoi zeropad trailing mpo".split(" ")) {
        write("labels/" + name + ".txt", "0 0.25 0.25 0.5 0.5\n");
      }
      write("names.txt", "cat\n");
    }

    Published published = publish("format=yolo", "images=images", "class-names-file=names.txt");

    assertThat(published.views()).containsOnlyKeys("whole", "trailing", "mpo");
    assertThat(published.result().problems()).containsExactly(entry("truncated-image", 4L));
    assertThat(published.views().values()).extracting(View::getPixelsSha256).isNotEmpty();
    assertThat(published.views().get("trailing").getPixelsSha256())
        .isEqualTo(published.views().get("whole").getPixelsSha256());
  }

  @ParameterizedTest
  @EnumSource
  void oddNamesArePublished(From from) throws Exception {
    assumeFalse(
        System.getProperty("sun.jnu.encoding", "").startsWith("ANSI"),
        "file names are ASCII in this locale");
    if (from == From.FIELD) {
      open(from, "y10-odd-names");
    } else {
      for (String name :
          List.of(
              "%41",
              "-dash",
              "21_[0'6'53-0'7'11]_v#94",
              "a#0",
              "a#1",
              "cafe\u0301x",
              "caf\u00e9",
              "emoji\uD83D\uDC31",
              "q?*",
              "x.jpg.rf.06d5",
              "\u56fe\u7247\u732b",
              "sub dir/a b")) {
        draw("images/" + name + ".jpg");
        write("labels/" + name + ".txt", "0 0.5 0.5 0.25 0.25\n");
      }
      write("names.txt", "cat\n");
    }

    Published published = publish("format=yolo", "images=images", "class-names-file=names.txt");

    assertThat(published.views()).hasSize(12);
    assertThat(published.result().objects()).isEqualTo(12);
    assertThat(published.result().problems()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void companionFilesOfMacOsAreNoImages(From from) throws Exception {
    if (from == From.FIELD) {
      open(from, "y11-appledouble");
    } else {
      byte[] companion =
          Arrays.copyOf("\0\5\26\7\0\2\0\0Mac OS X".getBytes(StandardCharsets.ISO_8859_1), 224);
      draw("images/a.jpg");
      write("images/._a.jpg", companion);
      write("images/.DS_Store", companion);
      write("labels/a.txt", "0 0.5 0.5 0.25 0.25\n");
      write("labels/._a.txt", companion);
      write("Annotations/a.xml", voc("a.jpg"));
      write("Annotations/._a.xml", companion);
      write("names.txt", "cat\n");
    }

    Published yolo = publish("format=yolo", "images=images", "class-names-file=names.txt");
    Published voc = publish("format=voc", "images=images", "annotations=Annotations");

    for (Published published : List.of(yolo, voc)) {
      assertThat(published.views()).containsOnlyKeys("a");
      assertThat(published.result().problems()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSplitFileChoosesImages(From from) throws Exception {
    open(from, "y12-split-list");

    Published val =
        publish("format=yolo", "images=images", "class-names-file=names.txt", "split-file=val.txt");

    assertThat(val.views()).containsOnlyKeys("f4", "f5");
    assertThat(val.result().splits()).containsExactly(entry("val", 2L));
    assertThat(val.result().problems()).isEmpty();
  }

  // ----------------------------------------------------------------------------------- environment

  @ParameterizedTest
  @EnumSource
  void namesInOtherLettersAreFound(From from) throws Exception {
    assumeFalse(
        System.getProperty("sun.jnu.encoding", "").startsWith("ANSI"),
        "file names are ASCII in this locale");
    if (from == From.FIELD) {
      open(from, "x01-posix-locale");
    } else {
      StringBuilder images = new StringBuilder();
      StringBuilder boxes = new StringBuilder();
      int id = 0;
      for (String name : List.of("a", "\u56fe\u7247", "caf\u00e9")) {
        id++;
        draw("images/" + name + ".jpg");
        write("labels/" + name + ".txt", "0 0.5 0.5 0.25 0.25\n");
        images.append(",{\"id\":%d,\"file_name\":\"%s.jpg\"}".formatted(id, name));
        boxes.append(
            ",{\"id\":%d,\"image_id\":%d,\"category_id\":1,\"bbox\":[4,4,20,20]}"
                .formatted(id, id));
      }
      write(
          "ann.json",
          "{\"images\":[%s],\"annotations\":[%s],\"categories\":[{\"id\":1,\"name\":\"cat\"}]}"
              .formatted(images.substring(1), boxes.substring(1)));
      write("names.txt", "cat\n");
    }

    Published coco = publish("format=coco", "images=images", "annotations=ann.json");
    Published yolo = publish("format=yolo", "images=images", "class-names-file=names.txt");

    for (Published published : List.of(coco, yolo)) {
      assertThat(published.result().images()).isEqualTo(3);
      assertThat(published.result().objects()).isEqualTo(3);
      assertThat(published.result().problems()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLabelFileThatMayNotBeReadIsOneLine(From from) throws Exception {
    open(from, "x02b-unreadable-label");
    Path label = folder.resolve("labels/b.txt");
    Files.setPosixFilePermissions(label, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(label), "this user may read everything");

    assertThatThrownBy(() -> publish("format=yolo", "images=images", "class-names-file=names.txt"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("label file " + label + ": cannot be read: permission denied");
  }

  // ------------------------------------------------------------------------------------ the folder

  private void open(From from, String name) throws IOException, URISyntaxException {
    if (from == From.FIELD) {
      copy(Shared.field(name));
      return;
    }
    Path resources = Path.of(getClass().getResource("/datasets/" + name).toURI());
    copy(resources);
    for (String image : Files.readAllLines(resources.resolve("pictures.txt"))) {
      draw(image);
    }
  }

  private void copy(Path source) throws IOException {
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Pictures.write(
            folder.resolve(source.relativize(file).toString()), Files.readAllBytes(file));
      }
    }
  }

  /** 64x48 pixels, of a colour of its own. */
  private void draw(String name) throws IOException {
    BufferedImage image = Pictures.gradient(64, 48);
    int colour = name.hashCode() & 0xFFFFFF;
    for (int x = 0; x < 20; x++) {
      for (int y = 0; y < 20; y++) {
        image.setRGB(x, y, colour);
      }
    }
    write(name, Pictures.encoded(image, name.endsWith(".png") ? "png" : "jpg"));
  }

  private void write(String name, String text) throws IOException {
    write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private void write(String name, byte[] bytes) throws IOException {
    Pictures.write(folder.resolve(name), bytes);
  }

  private void link(String name, String target) throws IOException {
    Path link = folder.resolve(name);
    Files.createDirectories(link.getParent());
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of(target));
  }

  private static String voc(String filename) {
    return "<annotation><filename>%s</filename><object><name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>"
        .formatted(filename);
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  // ------------------------------------------------------------------------------------- the views

  /** Views by image id. */
  private record Published(
      Path folder, PublishResult result, DatasetManifest manifest, SortedMap<String, View> views) {
    /** Label and corners of the boxes of an image. */
    List<String> boxes(String imageId) {
      List<String> boxes = new ArrayList<>();
      for (GroundTruth truth : views.get(imageId).getGroundTruth()) {
        boxes.add(
            truth.getLabel()
                + " "
                + List.of(truth.getX1(), truth.getY1(), truth.getX2(), truth.getY2()));
      }
      return boxes;
    }

    /** The view has the pixels of the file, which is as wide as the canvas. */
    void assertShows(String imageId, String file) {
      Canvas canvas = Canvas.decode(views.get(imageId));
      Mat image = Imgcodecs.imread(folder.resolve(file).toString());
      byte[] pixels = new byte[(int) image.total() * 3];
      image.get(0, 0, pixels);
      image.release();
      assertThat(Arrays.copyOf(canvas.bgr(), pixels.length))
          .as("view of %s is %s", imageId, file)
          .isEqualTo(pixels);
    }
  }

  private Published publish(String... settings) {
    String name = "field-" + NAMES.incrementAndGet();
    List<String> all = new ArrayList<>(List.of("name=" + name, "size=64x64", "partitions=1"));
    for (String setting : settings) {
      String[] keyValue = setting.split("=", 2);
      boolean path =
          List.of("annotations", "images", "split-file", "class-names-file").contains(keyValue[0]);
      all.add(path ? keyValue[0] + "=" + folder.resolve(keyValue[1]).normalize() : setting);
    }
    PublishConfig config = ConfigLoader.bind("", all, PublishConfig.class, "test");
    PublishResult result =
        new PublishApp(config, client, Progress.silentFactory(), new SimpleMeterRegistry()).run();
    assertThat(result.state()).isEqualTo(State.SEALED);
    SortedMap<String, View> views = new TreeMap<>();
    try (TopicReader<String, View> reader = TopicReader.sequential(client, Topics.views(name));
        ManifestStore store = new ManifestStore(client)) {
      reader
          .endOffsets()
          .forEach(
              (partition, end) ->
                  reader.read(
                      partition, 0, end, r -> views.put(r.value().getImageId(), r.value())));
      return new Published(folder, result, store.requireDataset(name), views);
    }
  }
}
