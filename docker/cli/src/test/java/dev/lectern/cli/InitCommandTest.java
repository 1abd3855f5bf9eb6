package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.demo.DemoSettings;
import dev.lectern.demo.teacher.TeacherTraining;
import dev.lectern.experiment.ExperimentPlan;
import dev.lectern.producer.publish.PublishConfig;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.teacher.recording.TeachConfig;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitCommandTest {
  @TempDir Path folder;
  private Path data;
  private Path project;

  @BeforeEach
  void data() throws Exception {
    data = folder.resolve("My Data");
    project = folder.resolve("project");
    DemoSettings.train(40).write(data.resolve("images"), data.resolve("train.json"));
    for (String ending : new String[] {".onnx", ".yaml"}) {
      String name = TeacherTraining.NAME + ending;
      try (InputStream in = TeacherTraining.class.getResourceAsStream("/demo/" + name)) {
        Files.copy(in, folder.resolve(name));
      }
    }
  }

  private CommandRun init(String... more) {
    return CommandRun.of(
        Stream.concat(
                Stream.of(
                    "init",
                    project.toString(),
                    "--dataset",
                    data.toString(),
                    "--model",
                    folder.resolve("demo-teacher.onnx").toString()),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private String[] descriptor() {
    return new String[] {"--teacher", folder.resolve("demo-teacher.yaml").toString()};
  }

  @Test
  void theFilesAreWhatTheCommandsTakeAndTheStudentLearnsWhatTheTeacherOffers() throws Exception {
    CommandRun run = init(descriptor());

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains(
            "dataset         my-data: coco, 40 images, splits [train, val], 6 classes",
            "losses {name: gid}",
            "recording       about",
            "training        about",
            "disk            at most",
            "next            lectern experiment " + project.resolve("plan.yaml"));
    PublishConfig publish =
        ConfigLoader.load(project.resolve("publish.yaml"), List.of(), PublishConfig.class);
    assertThat(publish.name()).isEqualTo("my-data");
    assertThat(publish.views().size()).hasToString("96x96");
    assertThat(publish.input().sources()).hasSize(2);
    TeachConfig teach =
        ConfigLoader.load(project.resolve("teach.yaml"), List.of(), TeachConfig.class);
    assertThat(teach.recording()).isEqualTo("my-data-teacher");
    Path plan = project.resolve("plan.yaml");
    assertThat(ExperimentPlan.load(plan).settings(plan)).containsOnlyKeys("baseline", "distilled");

    List<String> val = Files.readAllLines(project.resolve("splits/val.txt"));
    List<String> train = Files.readAllLines(project.resolve("splits/train.txt"));
    assertThat(val).isNotEmpty().hasSizeLessThan(20).doesNotContainAnyElementsOf(train);
    assertThat(val.size() + train.size()).isEqualTo(40);
  }

  @Test
  void aTeacherWithoutFeaturesLeavesItsLogits() throws Exception {
    CommandRun run =
        init("--teacher", descriptorWith("(?m)^  feature(-channels)?: .*\n", "").toString());

    assertThat(run.out()).contains("losses {name: ld}, {name: ld, region: vlr}, {name: kd}");
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  @Test
  void aTeacherOfOtherClassesLeavesItsFeatures() throws Exception {
    CommandRun run =
        init(
            "--teacher",
            descriptorWith("\\b(disc|ring|square|triangle|star|cross)\\b", "$1-of-another-world")
                .toString());

    assertThat(run.out())
        .contains(
            "losses {name: pkd}",
            "does not apply  kd:",
            "expect          no gain of features alone: ",
            "better          a teacher of these classes");
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  /** The teacher's descriptor with every match of a pattern replaced. */
  private Path descriptorWith(String pattern, String replacement) throws Exception {
    String yaml = Files.readString(folder.resolve("demo-teacher.yaml"));
    return Files.writeString(folder.resolve("changed.yaml"), yaml.replaceAll(pattern, replacement));
  }

  @Test
  void filesThatAreThereStay() throws Exception {
    Files.createDirectories(project);
    Path mine = Files.writeString(project.resolve("run.yaml"), "mine");

    CommandRun run = init(descriptor());

    assertThat(run.exitCode()).isEqualTo(ExitCode.USER_MISTAKE);
    assertThat(run.err()).contains("run.yaml: found a file that this command does not replace");
    assertThat(mine).hasContent("mine");
    assertThat(project.resolve("publish.yaml")).doesNotExist();
  }

  @Test
  void anExportThatIsRecognisedGetsItsDescriptor() {
    CommandRun run = init();

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(DescriptorYaml.read(project.resolve("teacher.yaml")).getClassNames()).hasSize(6);
  }

  @Test
  void aModelThatIsNoneIsRefusedBeforeAnythingIsWritten() throws Exception {
    Files.writeString(folder.resolve("demo-teacher.onnx"), "no model");

    CommandRun run = init();

    assertThat(run.exitCode()).isEqualTo(ExitCode.USER_MISTAKE);
    assertThat(run.err()).contains("demo-teacher.onnx");
    assertThat(project).doesNotExist();
  }

  @Test
  void nothingStaysOfAProjectThatCouldNotBeWritten() throws Exception {
    // Given a descriptor without anything that a student could learn from
    Path poor = folder.resolve("poor.yaml");
    Files.writeString(
        poor,
        Files.readString(folder.resolve("demo-teacher.yaml")).replaceAll("cls_logits_8", "absent"));

    // When
    CommandRun run = init("--teacher", poor.toString());

    // Then
    assertThat(run.exitCode()).as(run.out()).isEqualTo(ExitCode.USER_MISTAKE);
    try (Stream<Path> left = Files.walk(project)) {
      assertThat(left.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void withoutATerminalWhatIsMissingIsNamed() {
    CommandRun run = CommandRun.of("init", project.toString());

    assertThat(run.exitCode()).isEqualTo(ExitCode.USER_MISTAKE);
    assertThat(run.err()).contains("--dataset: found nothing, expected a path");
  }
}
