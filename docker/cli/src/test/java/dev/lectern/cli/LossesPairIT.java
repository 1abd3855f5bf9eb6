package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.trainer.distil.Methods;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Which losses apply to a student and the teacher of a recording. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LossesPairIT {
  @TempDir private static Path dir;
  private Site site;

  @BeforeAll
  void record() throws Exception {
    site = new Site(dir.resolve("site"));
    Path annotations = TinyTeacher.draw(dir, "train", 3);
    TinyTeacher.write(dir, "tiny", 4);
    site.publish("drawn", annotations, dir.resolve("images"), TinyTeacher.SIDE);
    site.record("drawn", "dense", dir.resolve("tiny"));
    site.record(
        "drawn", "regions", dir.resolve("tiny"), "--set", "encoding.class-positions=regions");
  }

  @AfterAll
  void stopBroker() {
    site.close();
  }

  private static Path run(String name, String losses) throws Exception {
    return Files.writeString(
        dir.resolve(name + ".yaml"),
        "recording: regions\nout: "
            + dir.resolve(name)
            + "\n"
            + TinyTeacher.studentYaml()
            + "losses: ["
            + losses
            + "]\n");
  }

  @Test
  void everythingAppliesToADenseRecordingOfALikeTeacher() throws Exception {
    CommandRun result =
        site.done("losses", "--teacher", "dense", "--student", run("like", "").toString());

    assertThat(result.out().lines().filter(line -> line.contains(" yes")).toList())
        .hasSize(Methods.names().size() - 2);
    assertThat(result.out().lines().filter(line -> line.contains(" no ")).toList())
        .singleElement()
        .asString()
        .matches("defeat_head +no +INSTANCES: not recorded");
    assertThat(result.out()).contains("the teacher's best boxes stand in for proposals");
  }

  @Test
  void whatDoesNotApplyIsRefusedByTrainWithTheSameWords() throws Exception {
    // Given class logits near objects alone
    Path run = run("refused", "{name: cwd_logits}, {name: ld, region: vlr}");
    String why = "CLASS_SCORES: recorded positions are REGIONS, expected every position";

    // When
    CommandRun listed = site.done("losses", "--teacher", "regions", "--student", run.toString());
    CommandRun asJson =
        site.done(
            "losses", "cwd_logits", "--teacher", "regions", "--student", run.toString(), "--json");
    CommandRun trained = site.run("train", "--config", run.toString());

    // Then
    assertThat(listed.out().lines())
        .anyMatch(line -> line.matches("cwd_logits +no +" + why))
        .anyMatch(line -> line.matches("ld vlr +yes *"));
    assertThat(asJson.out().strip())
        .isEqualTo(
            "[{\"name\":\"cwd_logits\",\"region\":\"\",\"obstacles\":[\""
                + why
                + "\"],\"conversions\":[]}]");
    assertThat(trained.exitCode()).isEqualTo(2);
    assertThat(trained.err()).contains("does not suit the run: cwd_logits: " + why);
  }
}
