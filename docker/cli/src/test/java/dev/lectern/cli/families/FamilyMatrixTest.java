package dev.lectern.cli.families;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDManager;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.network.Detectors;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.AvroLimits;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.trainer.train.Applicability;
import dev.lectern.trainer.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The README's table against what a run is told before its first step. */
class FamilyMatrixTest {
  static {
    AvroLimits.apply();
  }

  private static final FamilyMatrix MATRIX = new FamilyMatrix();
  private static final Map<String, List<Applicability>> ALL = new LinkedHashMap<>();

  @BeforeAll
  static void askEveryPair() {
    DatasetManifest dataset =
        DatasetManifest.newBuilder()
            .setName("drawn")
            .setState(State.SEALED)
            .setClassNames(ShapeClass.names())
            .setWidth(FamilyMatrix.SIDE)
            .setHeight(FamilyMatrix.SIDE)
            .setCategoryIds(List.of())
            .setSourceFormat("coco")
            .setViewsPerImage(1)
            .setPixelFormat(PixelFormat.PNG)
            .setImages(1)
            .setViews(1)
            .setObjects(1)
            .build();
    for (String teacher : FamilyMatrix.KINDS.keySet()) {
      RecordingManifest recording = recording(teacher);
      for (String student : FamilyMatrix.KINDS.keySet()) {
        String yaml = FamilyMatrix.run(student, teacher, Path.of("out"), List.of());
        TrainConfig run = ConfigLoader.bind(yaml, List.of(), TrainConfig.class, "test");
        List<Applicability> applicable = Applicability.ofEvery(run, recording, dataset);
        MATRIX.add(teacher, student, applicable);
        ALL.put(teacher + " " + student, applicable);
      }
    }
  }

  private static RecordingManifest recording(String kind) {
    DetectorSpec spec = DetectorSpec.parse(FamilyMatrix.network(kind), kind);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector detector = Detectors.create(spec, manager, 1)) {
      TeacherDescriptor descriptor =
          new StudentExport(kind, FamilyMatrix.SIDE, FamilyMatrix.SIDE, ShapeClass.names(), 1)
              .descriptor(detector);
      return RecordingManifest.newBuilder()
          .setName(kind)
          .setState(State.SEALED)
          .setDataset("drawn")
          .setTeacherId(kind + "@0")
          .setDescriptor(descriptor)
          .setEncodings(
              Arrays.stream(TensorKind.values())
                  .map(one -> TensorEncoding.of(Values.FLOAT16).of(one))
                  .toList())
          .setExpected(1)
          .setRecorded(1)
          .setDigest("")
          .build();
    }
  }

  @Test
  void theReadmeSaysWhatAppliesToEachPair() throws IOException {
    assertThat(MATRIX.inReadme()).isEqualTo(MATRIX.markdown());
  }

  /** Methods that need the same of both networks share a verdict; the table names one of them. */
  @Test
  void theOtherMethodsOfAGroupShareItsVerdict() {
    Map<String, List<String>> groups =
        Map.of(
            "cwd_logits", List.of("pixelwise", "pixelwise_cross_entropy", "holistic"),
            "fitnets",
                List.of(
                    "imitation",
                    "fine_grained",
                    "defeat",
                    "cwd",
                    "cwd_l2",
                    "attention_transfer",
                    "local_affinity",
                    "pairwise",
                    "ifvd",
                    "fgd",
                    "fbkd",
                    "reviewkd",
                    "krd",
                    "pkd"));
    ALL.forEach(
        (pair, applicable) ->
            groups.forEach(
                (named, others) -> {
                  Applicability first = FamilyMatrix.of(applicable, named);
                  for (String other : others) {
                    Applicability second = FamilyMatrix.of(applicable, other);
                    assertThat(second.obstacles())
                        .as("%s of %s", other, pair)
                        .isEqualTo(first.obstacles());
                    assertThat(second.conversions())
                        .as("%s of %s", other, pair)
                        .isEqualTo(first.conversions());
                  }
                }));
  }

  /**
   * A table that was reasoned before any of this was built, {@code families/matrix.csv} in the
   * folder that -Dlectern.shared names: E exact, C converted, N not applicable.
   */
  @Test
  void theVerdictsAreThoseThatWereReasonedBeforehand() throws IOException {
    Path reasoned =
        Path.of(System.getProperty("lectern.shared", "shared"), "families", "matrix.csv");
    assumeTrue(
        Files.isRegularFile(reasoned),
        "skipped: needs families/matrix.csv below the folder that -Dlectern.shared names");
    Map<String, String> letters =
        Map.of(
            "ld (main, vlr)", "L",
            "kd (main, vlr)", "K",
            "tbr", "B",
            "class maps", "C",
            "features", "F",
            "general instances", "G",
            "mimic", "M");
    List<String> differences = new ArrayList<>();
    int compared = 0;
    for (String line : Files.readAllLines(reasoned)) {
      String[] start = line.split(",", 3);
      if (!FamilyMatrix.KINDS.containsKey(start[0]) || !FamilyMatrix.KINDS.containsKey(start[1])) {
        continue;
      }
      String rest = start[2].replace("\"", "");
      for (Map.Entry<String, String> group : letters.entrySet()) {
        if (rest.startsWith(group.getKey())) {
          String found = verdict(start[0], start[1], group.getValue());
          String wanted = rest.replaceFirst(".*?,([ECN]),.*", "$1");
          compared++;
          if (!found.equals(wanted)) {
            differences.add(line + ": found " + found);
          }
        }
      }
    }
    assertThat(compared).isEqualTo(700);
    assertThat(differences).isEmpty();
  }

  private static String verdict(String teacher, String student, String letter) {
    String cell = MATRIX.cell(teacher, student);
    if (cell.contains(letter)) {
      return "E";
    }
    return cell.contains(letter.toLowerCase(Locale.ROOT)) ? "C" : "N";
  }
}
