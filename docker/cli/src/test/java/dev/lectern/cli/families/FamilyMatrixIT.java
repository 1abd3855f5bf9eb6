package dev.lectern.cli.families;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.cli.CommandRun;
import dev.lectern.cli.Site;
import dev.lectern.cli.TinyTeacher;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.teacher.model.StudentTeacher;
import dev.lectern.trainer.replay.RecordingSet;
import dev.lectern.trainer.train.Applicability;
import dev.lectern.trainer.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Students of each dense family on recordings of teachers of each: a run learns by every method
 * that applies, and one with the others is refused with the reason before its first step.
 *
 * <p>{@code -Pfamilies} runs every pair and compares the README's table with what ran; with {@code
 * -Dlectern.matrix=write} it writes the table. What a pair came to is kept in {@code target}, so
 * that a run that was stopped goes on where it was; {@code mvn clean} forgets it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FamilyMatrixIT {
  private static final int VIEWS = 16;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path DONE = Path.of("target/family-matrix");

  @TempDir private static Path dir;
  private Site site;

  @BeforeAll
  void publish() throws Exception {
    site = new Site(dir.resolve("site"));
    Path annotations = TinyTeacher.draw(dir, "train", VIEWS);
    site.publish("drawn", annotations, dir.resolve("images"), FamilyMatrix.SIDE);
  }

  @AfterAll
  void stopBroker() {
    site.close();
  }

  /** Fewer levels, and nine anchors a cell, at students that differ in either. */
  @Test
  void studentsLearnFromTeachersOfOtherLevelsAndAnchors() throws Exception {
    record("yolov8");
    record("retinanet_dist");
    FamilyMatrix seen = new FamilyMatrix();

    train("yolov8", "gfl", seen);
    train("yolov8", "retinanet_dist", seen);
    train("retinanet_dist", "fcos", seen);
    train("retinanet_dist", "yolov8", seen);
    train("yolov8", FamilyMatrix.TWO_STAGES, seen);

    assertThat(seen.cell("yolov8", "gfl")).isEqualTo("lkbcfgm");
    assertThat(seen.cell("yolov8", "retinanet_dist")).isEqualTo("lkbcfgm");
    assertThat(seen.cell("retinanet_dist", "fcos")).isEqualTo("-kbcFgm");
    assertThat(seen.cell("retinanet_dist", "yolov8")).isEqualTo("lkbcFgm");
    assertThat(seen.cell("yolov8", FamilyMatrix.TWO_STAGES)).isEqualTo("-kb-f-m");
  }

  @Test
  @Tag("families")
  void theReadmeSaysWhatRan() throws Exception {
    Files.createDirectories(DONE);
    FamilyMatrix seen = new FamilyMatrix();
    for (String teacher : FamilyMatrix.KINDS.keySet()) {
      for (String student : FamilyMatrix.KINDS.keySet()) {
        Path done = DONE.resolve(teacher + "-" + student + ".json");
        if (Files.exists(done)) {
          seen.add(teacher, student, List.of(JSON.readValue(done.toFile(), Applicability[].class)));
          continue;
        }
        if (!Files.exists(model(teacher))) {
          record(teacher);
        }
        Files.writeString(done, JSON.writeValueAsString(train(teacher, student, seen)));
      }
    }
    assertThat(seen.inReadme()).isEqualTo(seen.markdown());
  }

  private static Path model(String kind) {
    return dir.resolve(kind + ".student.safetensors");
  }

  /** Records a student with random weights. */
  private void record(String kind) throws Exception {
    DetectorSpec spec = DetectorSpec.parse(FamilyMatrix.network(kind), kind);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector student = Detectors.create(spec, manager, kind.hashCode())) {
      Weights.save(student, model(kind));
    }
    // one view at a time: what GFLv2 gives depends on the place in a batch, by a last digit
    Path teacher = dir.resolve(kind + ".teacher.yaml");
    DescriptorYaml.write(
        StudentTeacher.describe(
            model(kind), ShapeClass.names(), FamilyMatrix.SIDE, FamilyMatrix.SIDE, 1),
        teacher);
    site.record("drawn", kind, model(kind), "--teacher", teacher.toString());
  }

  private List<Applicability> train(String teacher, String student, FamilyMatrix seen)
      throws Exception {
    List<Applicability> applicable = applicable(teacher, student);
    List<String> applied = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    for (String name : FamilyMatrix.METHODS.values()) {
      (FamilyMatrix.of(applicable, name).applies() ? applied : refused).add(name);
    }
    String pair = teacher + "-" + student;
    CommandRun run = site.run("train", "--config", config(pair, teacher, student, applied));
    assertThat(run.exitCode()).as("%s by %s: %s", pair, applied, run.err()).isZero();
    List<String> steps = Files.readAllLines(dir.resolve(pair).resolve("metrics.jsonl"));
    assertThat(steps).isNotEmpty();
    for (String step : steps) {
      JsonNode losses = JSON.readTree(step).path("losses");
      for (String name : applied) {
        assertThat(losses.path("loss_" + name).asDouble(Double.NaN))
            .as("%s of %s in %s", name, pair, step)
            .isFinite();
      }
    }
    for (String name : refused) {
      String alone = pair + "-" + name;
      CommandRun no = site.run("train", "--config", config(alone, teacher, student, List.of(name)));
      assertThat(no.exitCode()).as(alone).isEqualTo(2);
      FamilyMatrix.of(applicable, name)
          .obstacles()
          .forEach(reason -> assertThat(no.err()).contains(name + ": " + reason));
      assertThat(dir.resolve(alone)).doesNotExist();
    }
    seen.add(teacher, student, applicable);
    return applicable;
  }

  private static String config(String name, String teacher, String student, List<String> losses)
      throws IOException {
    String yaml = FamilyMatrix.run(student, teacher, dir.resolve(name), losses);
    return Files.writeString(dir.resolve(name + ".yaml"), yaml).toString();
  }

  private List<Applicability> applicable(String teacher, String student) {
    RecordingManifest recording;
    DatasetManifest dataset;
    try (RecordingSet set = RecordingSet.open(site.kafka(), List.of(teacher))) {
      recording = set.manifests().get(0);
      dataset = set.dataset();
    }
    String yaml = FamilyMatrix.run(student, teacher, dir.resolve("asked"), List.of());
    return Applicability.ofEvery(
        ConfigLoader.bind(yaml, List.of(), TrainConfig.class, "test"), recording, dataset);
  }
}
