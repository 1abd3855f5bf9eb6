package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.schemas.descriptor.TeacherId;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.RecordingContents;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.trainer.replay.EpochOrder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What {@code schemas/python/lectern_reader.py} reads and writes, against Java. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PythonReaderIT {
  private static final int VIEWS = 40;
  private static final int BATCH = 16;
  private static final Path GOLDEN = Path.of("../../schemas/src/test/resources/tensor");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path dir;
  private Python python;
  private Site site;
  private String servers;

  @BeforeAll
  void recordDrawnViews() throws Exception {
    python = Python.find(dir);
    site = new Site(dir);
    servers = site.kafka().get("bootstrap.servers").toString();
    Path annotations = TinyTeacher.draw(dir, "train", VIEWS);
    TinyTeacher.write(dir, "tiny", 4);
    site.publish("drawn", annotations, dir.resolve("images"), TinyTeacher.SIDE);
    site.record("drawn", "first", dir.resolve("tiny"));
  }

  @AfterAll
  void stopBroker() {
    if (site != null) {
      site.close();
    }
  }

  @Test
  void goldenContainersHoldTheNumbersThatJavaReads() throws Exception {
    JsonNode found = python.check("containers", GOLDEN.toRealPath().toString());

    assertThat(found.size()).isEqualTo(15);
    for (var file : found.properties()) {
      TensorContainer container =
          TensorContainer.open(ByteBuffer.wrap(Files.readAllBytes(GOLDEN.resolve(file.getKey()))));
      JsonNode tensors = file.getValue().get("tensors");
      assertThat(tensors.size()).isEqualTo(container.entries().size());
      for (TensorContainer.Entry entry : container.entries()) {
        JsonNode tensor = tensors.get(entry.name());
        Tensor expected = container.read(entry);
        assertThat(floats(tensor.get("values")))
            .as(file.getKey() + " " + entry.name())
            .containsExactly(expected.toArray());
      }
      JsonNode rewritten = file.getValue().get("rewritten");
      assertThat(rewritten.isNull() || rewritten.asBoolean()).as(file.getKey()).isTrue();
    }
  }

  @Test
  void aStudentInPyTorchHasTheLossesThatJavaHas() throws Exception {
    Path student = dir.resolve("student.pt");
    python.check("student", student.toString());
    Path run = dir.resolve("run");
    Path config =
        Files.writeString(
            dir.resolve("run.yaml"),
            """
            recording: first
            out: "%s"
            seed: 5
            epochs: 1
            batch-size: %d
            ground-truth-weight: 0
            gradient-clip: 0
            optimizer: {learning-rate: 0.01, momentum: 0.9, weight-decay: 0}
            schedule: {name: constant, warmup-steps: 0}
            evaluation: {split: none}
            losses:
              - {name: fitnets, variant: official}
              - {name: cwd, variant: official}
              - {name: cwd_logits, variant: official}
              - {name: pixelwise, variant: official}
            student:
              network: torchscript
              classes: 6
              strides: [8, 16]
              head: {family: gfl, bins: 5, octave-base-scale: 2}
              input: {channel-order: BGR, mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395]}
              script:
                model: "%s"
                outputs: [cls_8, dist_8, feat_8, cls_16, dist_16, feat_16]
            """
                .formatted(run, BATCH, student));
    site.done("train", "--config", config.toString());
    List<JsonNode> steps = steps(run.resolve("metrics.jsonl"));
    Path archive = dir.resolve("archive");
    site.done("recordings", "export", "first", archive.toString());

    for (String source : List.of(archive.toString(), servers)) {
      JsonNode found =
          python.check("train", source, "first", student.toString(), "3", String.valueOf(BATCH));

      Set<String> views = views("first");
      for (int epoch = 0; epoch < 3; epoch++) {
        assertThat(texts(found.get("orders").get(epoch)))
            .as(source)
            .isEqualTo(EpochOrder.of(views, 5, epoch));
      }
      assertThat(steps).hasSize(3);
      for (int i = 0; i < steps.size(); i++) {
        JsonNode java = steps.get(i);
        JsonNode torch = found.get("losses").get(i);
        // Rounding of two versions of PyTorch drifts apart as they learn.
        double tolerance = i == 0 ? 1e-5 : 1e-4;
        assertThat(torch.get("total").asDouble())
            .as("%s, step %d", source, i)
            .isCloseTo(
                java.get("loss").asDouble(), within(tolerance * java.get("loss").asDouble()));
        for (String loss : List.of("fitnets", "cwd", "cwd_logits", "pixelwise")) {
          double expected = java.get("losses").get("loss_" + loss).asDouble();
          assertThat(torch.get(loss).asDouble())
              .as("%s, step %d, %s", source, i, loss)
              .isCloseTo(expected, within(2 * tolerance * expected));
        }
      }
    }
  }

  @Test
  void aTeacherInPythonFillsARecordingThatTheLedgerSeals() throws Exception {
    Path model = Files.writeString(dir.resolve("oracle.bin"), "knows all");
    JsonNode first = python.check("record", servers, "by-python", "drawn", model.toString(), "25");
    JsonNode second =
        python.check("record", servers, "by-python", "drawn", model.toString(), "1000");
    site.done(
        "ledger",
        "--recording",
        "by-python",
        "--state-dir",
        dir.resolve("python-state").toString(),
        "--until-sealed");

    assertThat(first.get("written").asInt()).isEqualTo(25);
    assertThat(second.get("written").asInt()).isEqualTo(VIEWS - 25);
    JsonNode described = site.describe("by-python");
    assertThat(described.get("state").asText()).isEqualTo("SEALED");
    assertThat(described.get("recorded").asInt()).isEqualTo(VIEWS);
    assertThat(site.done("recordings", "verify", "by-python").out()).contains("sound");
    try (ManifestStore manifests = new ManifestStore(site.kafka())) {
      RecordingManifest manifest = manifests.requireRecording("by-python");
      assertThat(manifest.getTeacherId())
          .isEqualTo(TeacherId.of(manifest.getDescriptor(), model))
          .isEqualTo(first.get("teacherId").asText());
    }
    JsonNode measured =
        JSON.readTree(
            site.done("evaluate", "--recording", "by-python", "--split", "train", "--json").out());
    // The oracle has every object but those whose centres share a cell with another's.
    assertThat(measured.get("AP").asDouble()).isGreaterThan(0.9);
  }

  private Set<String> views(String recording) {
    try (ManifestStore manifests = new ManifestStore(site.kafka())) {
      RecordingManifest manifest = manifests.requireRecording(recording);
      return Set.copyOf(
          RecordingContents.read(
                  site.kafka(), manifest, manifests.requireDataset(manifest.getDataset()))
              .index()
              .keySet());
    }
  }

  private static List<JsonNode> steps(Path metrics) throws IOException {
    List<JsonNode> steps = new ArrayList<>();
    for (String line : Files.readAllLines(metrics)) {
      JsonNode node = JSON.readTree(line);
      if (node.get("event").asText().equals("step")) {
        steps.add(node);
      }
    }
    return steps;
  }

  private static float[] floats(JsonNode numbers) {
    float[] floats = new float[numbers.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers.get(i).asDouble();
    }
    return floats;
  }

  private static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }
}
