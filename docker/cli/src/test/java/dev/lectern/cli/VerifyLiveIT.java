package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.detector.box.Disagreement;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.report.inspect.KindDifference;
import dev.lectern.report.inspect.RecordedOutputs;
import dev.lectern.report.inspect.RecordedViews;
import dev.lectern.report.inspect.Rerun;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.Part;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.teacher.model.DelegatingTeacher;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.TeacherOutputs;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The teacher of a recording is asked again. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VerifyLiveIT {
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
        "scores",
        dir.resolve("tiny"),
        "--set",
        "encoding.class-positions=top-score",
        "--set",
        "encoding.box-positions=regions",
        "--set",
        "encoding.top-score=5");
  }

  @AfterAll
  void stopBroker() {
    site.close();
  }

  @Test
  void theSameModelSaysTheSame() throws Exception {
    for (String recording : List.of("dense", "scores")) {
      CommandRun run =
          site.done(
              "recordings", "verify", recording, "--live", "--model", model(), "--sample", "7");

      assertThat(run.out())
          .contains(
              recording + ": " + VIEWS + " views, " + 3 * VIEWS + " payloads",
              "sound",
              "live class-scores: 7 of 7 views equal",
              "live box-logits: 7 of 7 views equal",
              "live fpn-features: 7 of 7 views equal")
          .doesNotContain("difference");
    }
  }

  /** Mosaics that are turned, with pasted objects, mixed up; compressed as JPEG. */
  @Test
  void viewsThatMixImagesReplayWhatTheTeacherSees() throws Exception {
    Path mixing = Files.createDirectories(dir.resolve("mixing"));
    Path annotations = TinyTeacher.draw(mixing, "train", 8);
    Path plan =
        Files.writeString(
            mixing.resolve("plan.yaml"),
            """
            steps:
              - {step: mosaic, tiles: 4}
              - {step: affine, scale: [0.5, 1.5], rotate: [-10, 10]}
              - {step: copy-paste, probability: 1}
              - {step: mixup, probability: 1}
              - {step: hue, degrees: [-5, 5]}
            """);
    site.done(
        "publish",
        "--name=mixed",
        "--format=coco",
        "--annotations=" + annotations,
        "--images=" + mixing.resolve("images"),
        "--size=" + TinyTeacher.SIDE + "x" + TinyTeacher.SIDE,
        "--views-per-image=4",
        "--plan=" + plan,
        "--pixel-format=jpeg");
    site.record("mixed", "of-mixed", dir.resolve("tiny"));
    DatasetManifest dataset;
    RecordingManifest recording;
    try (ManifestStore manifests = new ManifestStore(site.kafka())) {
      recording = manifests.requireRecording("of-mixed");
      dataset = manifests.requireDataset("mixed");
    }

    // Every view shows what its plan says
    assertThat(dataset.getViews()).isEqualTo(32);
    try (ViewReader reader = new ViewReader(site.kafka(), "mixed")) {
      for (View view :
          RecordedViews.pixels(reader, RecordedViews.read(site.kafka(), recording).all())) {
        // Tiles of two mosaics that are added up, and what is pasted; or the image alone
        List<Part> parts = view.getTransform().getParts();
        if (view.getViewNumber() == 0) {
          assertThat(parts).isEmpty();
        } else {
          assertThat(parts).as(view.getViewId()).hasSizeGreaterThan(3);
          assertThat(parts).extracting(Part::getSheet).contains(0, 1);
          assertThat(parts.stream().map(Part::getImageId).distinct()).hasSizeGreaterThan(1);
        }
      }
    }
    // and the recording is what the teacher says to those bytes, in batches of other neighbours
    String out =
        site.done(
                "recordings", "verify", "of-mixed", "--live", "--model", model(), "--sample", "32")
            .out();
    assertThat(out)
        .contains(
            "live class-scores: 32 of 32 views equal",
            "live box-logits: 32 of 32 views equal",
            "live fpn-features: 32 of 32 views equal",
            "of-mixed: 32 views, 96 payloads")
        .doesNotContain("difference");
  }

  /** A real teacher finds the pasted and mixed objects where the ground truth has them. */
  @Test
  void photographsThatAreMixedAreRecordedAndTrainAStudent() throws Exception {
    // Given: mosaics with pasted objects of 24 photographs, every other one mixed up with another
    Path data = Path.of(System.getProperty("lectern.shared", "shared"), "data");
    Path real = data.resolve("models/nanodet_plus_m_1.5x_416/nanodet_plus_m_1.5x_416.onnx");
    Path coco = data.resolve("coco-mini");
    assumeTrue(
        Files.isRegularFile(real) && Files.isDirectory(coco),
        "skipped: needs data/models and data/coco-mini below the folder that -Dlectern.shared"
            + " names");
    Path photos = Files.createDirectories(dir.resolve("photos"));
    Files.createSymbolicLink(photos.resolve("plus.onnx"), real);
    for (String name : List.of("nanodet-plus-m-1.5x-416.yaml", "coco.names")) {
      Files.copy(
          Path.of("..", "teachers", name),
          photos.resolve(name.startsWith("nanodet") ? "plus.yaml" : name));
    }
    Path annotations = coco.resolve("annotations/instances_val2017.json");
    Map<String, String> imageOf = new HashMap<>();
    Set<String> images = new TreeSet<>();
    for (JsonNode object : new ObjectMapper().readTree(annotations.toFile()).get("annotations")) {
      imageOf.put(object.get("id").asText(), object.get("image_id").asText());
      images.add(object.get("image_id").asText());
    }
    Path chosen = Files.write(photos.resolve("train.txt"), images.stream().limit(24).toList());
    Path plan =
        Files.writeString(
            photos.resolve("plan.yaml"),
            """
            steps:
              - {step: mosaic, tiles: 4}
              - {step: affine, scale: [0.7, 1.3], translate: [-0.1, 0.1]}
              - {step: copy-paste, probability: 1}
              - {step: mixup, probability: 0.5, share: [0.6, 0.8]}
              - {step: flip-horizontal}
            """);
    site.done(
        "publish",
        "--name=photos",
        "--format=coco",
        "--split=train",
        "--split-file=" + chosen,
        "--annotations=" + annotations,
        "--images=" + coco.resolve("val2017"),
        "--size=416x416",
        "--resize=stretch",
        "--views-per-image=2",
        "--plan=" + plan,
        "--pixel-format=jpeg");

    // When
    site.record("photos", "of-photos", photos.resolve("plus"));

    // Then the teacher says the same to every view, bit by bit
    assertThat(
            site.done(
                    "recordings",
                    "verify",
                    "of-photos",
                    "--live",
                    "--model",
                    photos.resolve("plus.onnx").toString(),
                    "--sample=48")
                .out())
        .contains(
            "live class-scores: 48 of 48 views equal",
            "live box-logits: 48 of 48 views equal",
            "live fpn-features: 48 of 48 views equal")
        .doesNotContain("difference");
    // its boxes lie on the annotations of all images that are in a view
    List<View> mixed = mixedViews("photos", "of-photos");
    assertThat(mixed).hasSize(24);
    for (View view : mixed) {
      assertThat(view.getTransform().getParts().stream().map(Part::getImageId))
          .containsAll(
              view.getGroundTruth().stream()
                  .map(object -> imageOf.get(object.getAnnotationId().split("~")[0]))
                  .toList());
    }
    assertThat(mixed)
        .filteredOn(
            view ->
                view.getGroundTruth().stream()
                        .map(object -> imageOf.get(object.getAnnotationId().split("~")[0]))
                        .distinct()
                        .count()
                    > 2)
        .hasSizeGreaterThan(12);
    assertThat(rightOfConfident("of-photos", mixed)).isGreaterThan(0.5);
    // and a student learns from both
    Path run = photos.resolve("run.yaml");
    Files.writeString(
        run,
        """
        recording: of-photos
        out: run
        epochs: 2
        batch-size: 8
        evaluation: {split: none}
        losses: [{name: ld}, {name: kd}]
        student: {classes: 80, bins: 8, strides: [8, 16, 32], backbone: {width: 8}, neck: {channels: 16}, head: {channels: 16, depth: 1}}
        """);
    assertThat(site.done("train", "--config", run.toString()).out()).contains("6 steps");
    JsonNode last =
        new ObjectMapper()
            .readTree(
                Files.readAllLines(photos.resolve("run/metrics.jsonl")).stream()
                    .filter(line -> line.contains("loss_ld"))
                    .reduce((first, second) -> second)
                    .orElseThrow());
    for (String loss : List.of("loss_cls", "loss_bbox", "loss_dfl", "loss_ld", "loss_kd")) {
      assertThat(last.findValue(loss).asDouble()).as(loss).isPositive().isFinite();
    }
  }

  private List<View> mixedViews(String dataset, String recording) {
    try (ManifestStore manifests = new ManifestStore(site.kafka());
        ViewReader reader = new ViewReader(site.kafka(), dataset)) {
      return RecordedViews.pixels(
              reader, RecordedViews.read(site.kafka(), manifests.requireRecording(recording)).all())
          .stream()
          .filter(view -> view.getViewNumber() > 0)
          .toList();
    }
  }

  /** The share of a recorded teacher's boxes with a score of 0.5 or more that lie on objects. */
  private double rightOfConfident(String name, List<View> views) {
    try (ManifestStore manifests = new ManifestStore(site.kafka());
        PayloadReader payloads = new PayloadReader(site.kafka(), name)) {
      RecordingManifest recording = manifests.requireRecording(name);
      RecordedOutputs outputs =
          new RecordedOutputs(recording, manifests.requireDataset(recording.getDataset()));
      Map<String, IndexEntry> entries = new HashMap<>();
      RecordedViews.read(site.kafka(), recording)
          .all()
          .forEach(entry -> entries.put(entry.getView().getViewId(), entry));
      int right = 0;
      int wrong = 0;
      for (View view : views) {
        Receipt receipt = entries.get(view.getViewId()).getReceipt();
        Disagreement found =
            Disagreement.withTruth(
                view.getGroundTruth(),
                outputs
                    .decoder()
                    .decode(
                        outputs.of(
                            TensorContainer.open(payloads.read(receipt, TensorKind.CLASS_SCORES)),
                            TensorContainer.open(payloads.read(receipt, TensorKind.BOX_LOGITS))),
                        view.getValidWidth(),
                        view.getValidHeight())
                    .stream()
                    .filter(box -> box.score() >= 0.5)
                    .toList());
        right += found.matched();
        wrong += found.second();
      }
      assertThat(right).isGreaterThan(50);
      return (double) right / (right + wrong);
    }
  }

  @Test
  void twoRecordingsOfTheSameViewsAreCompared() throws Exception {
    String same = site.done("recordings", "diff", "dense", "dense", "--score", "0.005").out();
    JsonNode diff =
        new ObjectMapper()
            .readTree(site.done("recordings", "diff", "dense", "scores", "--json").out());

    assertThat(same)
        .containsPattern(
            "[1-9]\\d* in both, 0 in the first alone, 0 in the second alone: 100.0 % agree")
        .contains("dense and dense: " + VIEWS + " views compared")
        .doesNotContain("views in '");
    assertThat(diff.get("views").asInt()).isEqualTo(VIEWS);
    assertThat(diff.get("only-first")).isEmpty();
    assertThat(diff.get("lacking")).isEmpty();
    // one teacher: the same numbers wherever both store them, and both store few
    for (JsonNode tensor : diff.get("tensors")) {
      assertThat(tensor.get("largest").asDouble()).isZero();
      assertThat(tensor.get("equal").asInt()).isEqualTo(VIEWS);
      assertThat(tensor.get("positions-of-second").asDouble()).isZero();
      assertThat(tensor.get("positions-of-first").asDouble() > 0)
          .isEqualTo(!tensor.get("name").asText().startsWith("fpn"));
    }
    assertThat(site.run("recordings", "diff", "dense", "dense", "--score", "1").err())
        .startsWith("lectern: --score: found 1.0, expected a number between 0 and 1");
  }

  @Test
  void theReportIsAKeyOfTheJson() throws Exception {
    JsonNode live =
        new ObjectMapper()
            .readTree(
                site.done("recordings", "verify", "dense", "--live", "--model", model(), "--json")
                    .out());

    assertThat(live.get("recording").asText()).isEqualTo("dense");
    assertThat(live.get("live")).hasSize(3);
    assertThat(live.get("live").get(0).get("kind").asText()).isEqualTo("CLASS_SCORES");
    assertThat(live.get("live").get(0).get("equal").asInt()).isEqualTo(VIEWS);
    assertThat(site.done("recordings", "verify", "dense", "--json").out()).doesNotContain("live");
  }

  @Test
  void aTeacherThatSaysSomethingElseIsMeasured() throws Exception {
    RecordingManifest recording;
    try (ManifestStore manifests = new ManifestStore(site.kafka())) {
      recording = manifests.requireRecording("dense");
    }
    try (Teacher real =
        ModelFile.open(
            recording.getDescriptor(),
            Path.of(model()),
            EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES),
            ComputeDevice.CPU,
            1)) {
      List<KindDifference> found =
          new Rerun(site.kafka(), recording, new Shifted(real))
              .compare(100, Progress.silentFactory());

      assertThat(found)
          .extracting(KindDifference::kind)
          .containsExactly(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS, TensorKind.FPN_FEATURES);
      assertThat(found).extracting(KindDifference::views).containsOnly(VIEWS);
      assertThat(found).extracting(KindDifference::equal).containsExactly(0, VIEWS, VIEWS);
      // Within what float16 rounds
      assertThat(found.get(0).largest()).isCloseTo(0.25, Offset.offset(0.01));
      assertThat(found.get(0).relative()).isBetween(0.01, 1.0);
      assertThat(found.get(1).largest()).isZero();
      assertThat(found.get(1).relative()).isZero();
    }
  }

  @Test
  void anotherModelIsRefused() throws Exception {
    Path other = Files.createDirectories(dir.resolve("other"));
    TinyTeacher.write(
        other,
        "tiny",
        4,
        TinyTeacher.SIDE,
        TinyTeacher.spec().replace("head: {depth: 1", "head: {depth: 2"));

    CommandRun run =
        site.run(
            "recordings",
            "verify",
            "dense",
            "--live",
            "--model",
            other.resolve("tiny.onnx").toString());

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines().toList()).hasSize(1);
    assertThat(run.err())
        .contains("model file: found teacher tiny@", ", recording 'dense' was made by tiny@");
  }

  @Test
  void aModelIsNeeded() {
    CommandRun run = site.run("recordings", "verify", "dense", "--live");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines())
        .containsExactly(
            "lectern: --live: found no --model, expected the model file of the recording's"
                + " teacher");
  }

  @Test
  void whatBelongsToALiveRunIsRefusedWithoutIt() {
    CommandRun run = site.run("recordings", "verify", "dense", "--sample", "4");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines())
        .containsExactly("lectern: --sample: found no --live, expected it with --sample");
  }

  private static String model() {
    return dir.resolve("tiny.onnx").toString();
  }

  /** A teacher whose class scores have all moved by a quarter. */
  private static final class Shifted extends DelegatingTeacher {
    Shifted(Teacher real) {
      super(real);
    }

    @Override
    public void infer(FloatBuffer input, TeacherOutputs outputs) {
      super.infer(input, outputs);
      for (int tensor = 0; tensor < tensors().size(); tensor++) {
        if (tensors().get(tensor).getKind() == TensorKind.CLASS_SCORES) {
          FloatBuffer numbers = outputs.batch(tensor);
          for (int i = 0; i < numbers.capacity(); i++) {
            numbers.put(i, numbers.get(i) + 0.25f);
          }
        }
      }
    }
  }
}
