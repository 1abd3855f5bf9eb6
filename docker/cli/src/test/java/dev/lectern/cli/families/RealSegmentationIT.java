package dev.lectern.cli.families;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.cli.Site;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.detector.pixel.LabelMap;
import dev.lectern.report.inspect.RecordedPixelLogits;
import dev.lectern.report.inspect.RecordedViews;
import dev.lectern.report.inspect.SeenPixels;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.ViewPass;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * DeepLabV3 on MobileNetV2, trained on Pascal VOC, as a teacher of coco-mini: both lie in the
 * folder that -Dlectern.shared names.
 */
class RealSegmentationIT {
  private static final String NAME = "deeplabv3-mobilenetv2-257";

  /** COCO's names of VOC's classes, and VOC's where they differ. */
  private static final List<String> CLASSES =
      List.of(
          "background",
          "aeroplane=airplane",
          "bicycle",
          "bird",
          "boat",
          "bottle",
          "bus",
          "car",
          "cat",
          "chair",
          "cow",
          "diningtable=dining table",
          "dog",
          "horse",
          "motorbike=motorcycle",
          "person",
          "pottedplant=potted plant",
          "sheep",
          "sofa=couch",
          "train",
          "tvmonitor=tv");

  @TempDir private static Path dir;

  @Test
  @Tag("families")
  void aRecordedTeacherGivesEveryPixelTheClassThatItsModelGives() throws Exception {
    Path shared = Path.of(System.getProperty("lectern.shared", "shared"), "data");
    Path model = shared.resolve("models/deeplabv3_mobilenetv2_257/deeplabv3_mnv2.onnx");
    Path coco = shared.resolve("coco-mini");
    assumeTrue(
        Files.isRegularFile(model) && Files.isDirectory(coco),
        "skipped: needs data/models and data/coco-mini below the folder that -Dlectern.shared"
            + " names");
    Path descriptor = Path.of("..", "teachers", NAME + ".yaml");
    Path teacher = dir.resolve("deeplab");
    Files.createSymbolicLink(dir.resolve("deeplab.onnx"), model);
    Files.copy(descriptor, dir.resolve("deeplab.yaml"));
    try (Site site = new Site(dir)) {
      publish(site, coco);

      site.record("voc", "exact", teacher, "--set", "encoding.class-scores=float32");
      site.record("voc", "half", teacher, "--set", "encoding.class-scores=float16");

      // 0.237 where it was measured without Lectern
      assertThat(miou(site, "exact")).isCloseTo(0.237, within(0.005));
      assertThat(miou(site, "half")).isCloseTo(0.237, within(0.005));
      try (Teacher opened =
          ModelFile.open(
              DescriptorYaml.read(descriptor),
              model,
              List.of(TensorKind.CLASS_SCORES),
              ComputeDevice.CPU,
              1)) {
        Compared exact = compare(site, "exact", opened);
        Compared half = compare(site, "half", opened);
        assertThat(exact.differing()).isZero();
        assertThat(exact.otherLogits()).isZero();
        assertThat(half.differing()).isLessThanOrEqualTo(half.pixels() / 1000);
      }
    }
  }

  private static void publish(Site site, Path coco) {
    site.done(
        "publish",
        "--name",
        "voc",
        "--format",
        "coco-label-maps",
        "--class-names",
        String.join(",", CLASSES.stream().skip(1).map(c -> c.replaceAll(".*=", "")).toList()),
        "--annotations",
        coco.resolve("annotations/instances_val2017.json").toString(),
        "--images",
        coco.resolve("val2017").toString(),
        "--split",
        "val",
        "--size",
        "257x257",
        "--resize",
        "stretch");
  }

  private static double miou(Site site, String recording) throws Exception {
    List<String> command = new ArrayList<>(List.of("evaluate", "--json", "--recording", recording));
    for (String name : CLASSES) {
      command.add("--class");
      command.add(
          name.contains("=")
              ? name + "," + name.substring(0, name.indexOf('='))
              : name + "=" + name);
    }
    JsonNode figures = new ObjectMapper().readTree(site.done(command.toArray(String[]::new)).out());
    return figures.get("mIoU").asDouble();
  }

  /**
   * A recording beside its model.
   *
   * @param pixels that were compared
   * @param differing those of another class
   * @param otherLogits logits with another bit
   */
  private record Compared(long pixels, long differing, long otherLogits) {}

  private static Compared compare(Site site, String recording, Teacher teacher) {
    RecordingManifest manifest;
    DatasetManifest dataset;
    try (ManifestStore manifests = new ManifestStore(site.kafka())) {
      manifest = manifests.requireRecording(recording);
      dataset = manifests.requireDataset("voc");
    }
    RecordedPixelLogits logits = new RecordedPixelLogits(manifest, dataset);
    List<IndexEntry> entries = RecordedViews.read(site.kafka(), manifest).all();
    long pixels = 0;
    double differing = 0;
    long other = 0;
    ViewPass pass = new ViewPass(teacher);
    try (ViewReader views = new ViewReader(site.kafka(), "voc");
        PayloadReader payloads = new PayloadReader(site.kafka(), recording)) {
      for (int from = 0; from < entries.size(); from += teacher.batchSize()) {
        List<IndexEntry> batch =
            entries.subList(from, Math.min(from + teacher.batchSize(), entries.size()));
        List<Map<TensorKind, List<Tensor>>> outputs =
            pass.outputs(RecordedViews.pixels(views, batch));
        for (int i = 0; i < batch.size(); i++) {
          float[] expected = outputs.get(i).get(TensorKind.CLASS_SCORES).get(0).toArray();
          float[] found =
              RecordedPixelLogits.of(
                  TensorContainer.open(
                      payloads.read(batch.get(i).getReceipt(), TensorKind.CLASS_SCORES)));
          for (int n = 0; n < expected.length; n++) {
            other += Float.floatToIntBits(expected[n]) == Float.floatToIntBits(found[n]) ? 0 : 1;
          }
          LabelMap ofModel = logits.reading().of(expected);
          int size = ofModel.classes().length;
          pixels += size;
          differing += size * SeenPixels.difference(ofModel, logits.reading().of(found));
        }
      }
    }
    assertThat(entries).hasSize(79);
    return new Compared(pixels, Math.round(differing), other);
  }
}
