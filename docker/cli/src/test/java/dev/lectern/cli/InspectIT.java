package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.config.ConfigLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Pictures of recordings. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InspectIT {
  private static final int VIEWS = 10;

  @TempDir private static Path dir;
  private Site site;

  @BeforeAll
  void record() throws Exception {
    site = new Site(dir.resolve("site"));
    Path annotations = TinyTeacher.draw(dir, "train", VIEWS);
    TinyTeacher.write(dir, "tiny", 4);
    site.publish("drawn", annotations, dir.resolve("images"), TinyTeacher.SIDE);
    site.record("drawn", "dense", dir.resolve("tiny"));
    site.record(
        "drawn",
        "regions",
        dir.resolve("tiny"),
        "--set",
        "encoding.class-positions=regions",
        "--set",
        "encoding.box-positions=regions");
  }

  @AfterAll
  void stopBroker() {
    site.close();
  }

  @Test
  void aPageShowsViewsThatAreSpreadOverTheRecording() throws Exception {
    String page = inspect("dense", "--views", "4", "--score", "0.001");

    assertThat(headings(page)).hasSize(4);
    // annotations, teacher and regions of each view
    assertThat(count(page, "<use ")).isEqualTo(12);
    assertThat(count(page, "<image ")).isEqualTo(4);
    assertThat(page)
        .contains("data:image/png;base64,iVBOR", "<td>CLASS_SCORES</td><td>FLOAT16 DENSE")
        .doesNotContain("http://", "https://", "<script");
    assertThat(count(page, "\"frame truth\"")).isPositive();
    assertThat(count(page, "\"frame teacher\"")).isPositive();
    assertThat(count(page, "\"area valuable\"")).isPositive();
    assertThat(count(page, "\"frame student\"")).isZero();
  }

  @Test
  void onlyWhatIsRecordedIsDrawnOfARecordingOfRegions() throws Exception {
    String page = inspect("regions", "--views", "3", "--score", "0.001");

    assertThat(count(page, "<use ")).isEqualTo(12);
    // what is recorded are the regions of its priors
    assertThat(count(page, "\"area teacher\""))
        .isPositive()
        .isEqualTo(count(page, "\"area main\"") + count(page, "\"area valuable\""));
  }

  @Test
  void aStudentIsShownBesideTheTeacher() throws Exception {
    Path student = dir.resolve("student.safetensors");
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector detector =
            Detectors.create(
                ConfigLoader.bind(TinyTeacher.spec(), List.of(), DetectorSpec.class, "test"),
                manager,
                3)) {
      Weights.save(detector, student);
    }
    String first = headings(inspect("dense", "--views", "1")).get(0).split(",")[0];

    String page =
        inspect("dense", "--view", first, "--student", student.toString(), "--score", "0.001");

    assertThat(headings(page)).hasSize(1);
    assertThat(count(page, "<use ")).isEqualTo(4);
    assertThat(count(page, "\"frame student\"")).isPositive();
    // by the student's own anchors, which are as small as the objects
    assertThat(count(page, "\"area main\"")).isPositive();

    // and views come first where it disagrees with the annotations, or with the teacher
    String[] all = {"dense", "--views", "100", "--score", "0.001", "--student", student.toString()};
    assertThat(shares(inspect(concat(all, "--sort", "student")), "Student"))
        .hasSize(VIEWS)
        .isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(
            shares(
                inspect(concat(all, "--sort", "both")),
                "Both find (\\d+) box(?:es)?, the teacher alone (\\d+), the student alone (\\d+)"))
        .hasSize(VIEWS)
        .isSortedAccordingTo(Comparator.reverseOrder());
  }

  @Test
  void viewsThatDisagreeMostComeFirst() throws Exception {
    String page = inspect("dense", "--sort", "teacher", "--views", "4", "--score", "0.001");
    String all = inspect("dense", "--sort", "teacher", "--views", "100", "--score", "0.001");

    // Every view, in falling order; the four are its first
    List<Double> shares = shares(all, "Teacher");
    assertThat(shares).hasSize(VIEWS).isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(shares.get(0)).isGreaterThan(shares.get(VIEWS - 1));
    assertThat(headings(page)).isEqualTo(headings(all).subList(0, 4));
  }

  @Test
  void onlyBoxesOfTheChosenClassesAreDrawn() throws Exception {
    String name = ShapeClass.names().get(0);

    String page = inspect("dense", "--views", "10", "--score", "0.001", "--class", name);

    List<String> labels =
        Pattern.compile("<rect class=\"frame [a-z]+\"[^>]*><title>(.*?)</title>")
            .matcher(page)
            .results()
            .map(m -> m.group(1).split(" ")[0])
            .distinct()
            .toList();
    assertThat(labels).containsExactly(name);
    assertThat(count(page, "<text class=\"name teacher\"")).isPositive();
  }

  /**
   * Boxes without a match over all objects, as the sentence of each view states them.
   *
   * @param who Teacher or Student, compared with the annotations; or a pattern of three numbers
   */
  private static List<Double> shares(String page, String who) {
    String sentence =
        who.contains("(")
            ? who
            : who + ": (\\d+) objects? found, (\\d+) missed, (\\d+) (?:box matches|boxes match) no";
    return Pattern.compile(sentence)
        .matcher(page)
        .results()
        .map(
            m -> {
              double alone = Integer.parseInt(m.group(2)) + Integer.parseInt(m.group(3));
              double objects = alone + Integer.parseInt(m.group(1));
              return objects == 0 ? 0 : alone / objects;
            })
        .toList();
  }

  @Test
  void mistakesAreOneLine() {
    assertMistake("--class: dataset 'drawn' has no class 'disk'", "dense", "--class", "disk");
    assertMistake("--class: found an empty name", "dense", "--class", ",");
    assertMistake("--sort: found no --student", "dense", "--sort", "both");
    assertMistake("--sort: found --view with it", "dense", "--sort", "teacher", "--view", "1#0");
    assertMistake("found no recorded view 'nothing#0'", "dense", "--view", "nothing#0");
    assertMistake("recording 'absent' does not exist", "absent");
    assertMistake("found no recorded view of split 'val'", "dense", "--split", "val");
    assertMistake("--score: found 1.5", "dense", "--score", "1.5");
    assertMistake(
        "--out " + dir.resolve("no/such/page.html"),
        "dense",
        "--out",
        dir.resolve("no/such/page.html").toString());
    assertMistake("no such file", "dense", "--student", dir.resolve("none").toString());
  }

  private void assertMistake(String part, String... arguments) {
    CommandRun run = site.run(arguments(arguments));
    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.err().lines().filter(line -> line.startsWith("lectern: ")).toList())
        .singleElement()
        .asString()
        .contains(part);
    assertThat(run.err()).doesNotContain("Exception");
  }

  private String inspect(String... arguments) throws Exception {
    Path page = dir.resolve("page.html");
    String[] all = arguments(arguments);
    CommandRun run = site.done(concat(all, "--out", page.toString()));
    assertThat(run.out()).startsWith(page + ": ");
    return Files.readString(page);
  }

  private static String[] arguments(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "inspect";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return all;
  }

  private static String[] concat(String[] arguments, String... more) {
    String[] all = Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return all;
  }

  private static List<String> headings(String page) {
    return Pattern.compile("<h2>(.*?)</h2>").matcher(page).results().map(m -> m.group(1)).toList();
  }

  private static long count(String page, String part) {
    return Pattern.compile(Pattern.quote(part)).matcher(page).results().count();
  }
}
