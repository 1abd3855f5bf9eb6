package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.report.Page;
import dev.lectern.schemas.config.ConfigLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands replace no file that they did not make. None of these needs a broker to see that. */
class ExistingFilesTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"mine.yaml", "mine.onnx"})
  void anExportLeavesTheUsersFilesAlone(String name) throws Exception {
    Path file = Files.writeString(dir.resolve(name), "epochs: 12");

    CommandRun refused = export();

    assertRefused(refused, file, "choose another --out or --name, or replace it with --force");
    assertThat(file).hasContent("epochs: 12");
    assertThat(dir.toFile().list()).containsExactlyInAnyOrder(name, "student.safetensors");

    CommandRun forced = export("--force");

    assertThat(forced.exitCode()).as(forced.err()).isZero();
    assertThat(dir.toFile().list())
        .containsExactlyInAnyOrder("mine.yaml", "mine.onnx", "student.safetensors");
    assertThat(file).content(java.nio.charset.StandardCharsets.ISO_8859_1).contains("mine");
  }

  @Test
  void inspectReplacesItsOwnPagesAlone() throws Exception {
    Path page = Files.writeString(dir.resolve("page.html"), "<!doctype html><p>a thesis");

    assertRefused(inspect(page), page, "choose another --out, or replace it with --force");
    assertThat(page).hasContent("<!doctype html><p>a thesis");

    assertThat(inspect(page, "--force").err()).contains("no Kafka broker answers");
    Path own = dir.resolve("own.html");
    new Page("a recording", "inspect").write(own);
    assertThat(inspect(own).err()).contains("no Kafka broker answers");
    Path report = dir.resolve("report.html");
    new Page("a demo", "demo").write(report);
    assertRefused(inspect(report), report, "choose another --out, or replace it with --force");
  }

  @Test
  void theDemosTeacherIsNotReplaced() throws Exception {
    Path file = Files.writeString(dir.resolve("demo-teacher.yaml"), "mine");

    assertRefused(
        CommandRun.of("demo", "train-teacher", "--out", dir.toString()),
        file,
        "choose another --out, or replace it with --force");
    assertThat(dir.toFile().list()).containsExactly("demo-teacher.yaml");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ports.properties", "logs/my.log"})
  void aBrokerLeavesTheUsersFilesAlone(String name) throws Exception {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "client=http\n");

    CommandRun run = CommandRun.of("broker", "--port", "0", "--data-dir", dir.toString());

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines())
        .containsExactly(
            "lectern: "
                + dir.resolve(name.split("/")[0])
                + ": found something that no broker made; choose another directory");
    assertThat(file).hasContent("client=http\n");
  }

  private CommandRun export(String... more) throws Exception {
    Path student = dir.resolve("student.safetensors");
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector detector =
            Detectors.create(
                ConfigLoader.bind(TinyTeacher.spec(), List.of(), DetectorSpec.class, "test"),
                manager,
                3)) {
      Weights.save(detector, student);
    }
    return of(
        more,
        "export",
        "--student",
        student.toString(),
        "--name",
        "mine",
        "--out",
        dir.toString(),
        "--size",
        "64x64",
        "--class-names",
        String.join(",", dev.lectern.demo.draw.ShapeClass.names()));
  }

  private static CommandRun inspect(Path page, String... more) {
    return of(
        more,
        "inspect",
        "recording",
        "--out",
        page.toString(),
        "--bootstrap-servers",
        "127.0.0.1:1",
        "--broker-timeout",
        "2");
  }

  private static CommandRun of(String[] more, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(Arrays.asList(more));
    return CommandRun.of(all.toArray(String[]::new));
  }

  private static void assertRefused(CommandRun run, Path file, String advice) {
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines())
        .containsExactly(
            "lectern: " + file + ": found a file that this command does not replace; " + advice);
  }
}
