package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lectern.demo.Demo;
import dev.lectern.demo.DemoPlan;
import dev.lectern.demo.Variant;
import dev.lectern.experiment.TrainingHistory;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DemoIT {
  @TempDir Path folder;

  @Test
  @Timeout(300)
  void aTinyDemoRecordsTrainsBothStudentsAndReports() throws Exception {
    Path work = folder.resolve("demo");
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = CommandLines.lectern();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));

    int exitCode =
        line.execute(
            "demo",
            "--work-dir",
            work.toString(),
            "--pictures",
            "24",
            "--validation-pictures",
            "12",
            "--epochs",
            "2",
            "--json");

    assertThat(exitCode).as(err.toString()).isZero();
    assertThat(out.toString())
        .startsWith("{\"teacher-ap\":0.")
        .contains("{\"student\":\"plain\",\"seed\":1,\"ap\":", "\"student\":\"distilled\"")
        .endsWith("\"report\":\"" + work.resolve("report.html") + "\"}" + System.lineSeparator());
    for (Variant variant : Variant.values()) {
      TrainingHistory history =
          TrainingHistory.read(
              work.resolve("runs").resolve(variant.label() + "-1").resolve("metrics.jsonl"));
      // 24 pictures are two steps of sixteen an epoch
      assertThat(history.steps()).hasSize(4);
      assertThat(history.measurements()).hasSize(2);
      boolean distils = history.steps().get(0).losses().containsKey("loss_ld");
      assertThat(distils).isEqualTo(variant == Variant.DISTILLED);
    }
    assertThat(Files.readString(work.resolve("report.html")))
        .contains(
            "Where an edge lies",
            "data:image/png;base64,iVBOR",
            "<polyline class=\"curve teacher\"");
    assertThat(work.resolve("broker")).doesNotExist();
  }

  @Test
  @Timeout(300)
  void aTeacherIsTrainedFromDrawnPicturesThroughADataset() throws Exception {
    CommandRun run =
        CommandRun.of("demo", "train-teacher", "--pictures", "32", "--out", folder.toString());

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("teacher ", "AP ");
    assertThat(folder.resolve("demo-teacher.onnx")).exists();
    assertThat(folder.resolve("demo-teacher.yaml")).content().contains("GFL");
  }

  @Test
  void whatTheUserKeepsInTheFolderOfADemoStays() throws Exception {
    Files.createFile(folder.resolve(".lectern-demo"));
    Files.writeString(folder.resolve("thesis.txt"), "precious");
    Files.writeString(folder.resolve("report.html"), "of an earlier demo");

    new Demo(DemoPlan.standard(folder), "dev.lectern.cli.Main", Progress.silentFactory()).close();

    assertThat(folder.resolve("thesis.txt")).hasContent("precious");
    assertThat(folder.resolve("report.html")).doesNotExist();
  }

  @Test
  void aFolderThatNoDemoMadeIsLeftAlone() throws Exception {
    Files.writeString(folder.resolve("thesis.txt"), "precious");

    assertThatExceptionOfType(UserMistakeException.class)
        .isThrownBy(
            () ->
                new Demo(
                    DemoPlan.standard(folder), "dev.lectern.cli.Main", Progress.silentFactory()))
        .withMessageContaining("it is not empty and no earlier demo made it");
    assertThat(folder.resolve("thesis.txt")).hasContent("precious");
  }
}
