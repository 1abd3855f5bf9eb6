package dev.lectern.detector.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameter.Role;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Safetensors.Array;
import dev.lectern.detector.weights.WeightsMatch.Part;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightsMatchTest {
  private static final Path NANODET =
      Path.of(System.getProperty("lectern.shared", "shared"))
          .resolve("data/models/nanodet_m_416/nanodet_m_416.torchscript.pt");
  private static final String SPEC =
      "{classes: 3, strides: [8, 16], backbone: {width: 4}, neck: {channels: 8},"
          + " head: {bins: 8, depth: 1, channels: 8}}";

  @TempDir Path folder;
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Detector detector(long seed) {
    return Detectors.create(DetectorSpec.parse(SPEC, "test"), manager, seed);
  }

  /** A file as others write it: the backbone of a network under torchvision's names. */
  private Path torchvision(Detector detector, String prefix) throws IOException {
    Map<String, Array> arrays = new LinkedHashMap<>();
    for (Parameter parameter : detector.parameters()) {
      if (parameter.name().startsWith("backbone.")) {
        arrays.put(
            prefix + parameter.name().substring("backbone.".length()),
            Weights.of(detector).arrays().get(parameter.name()));
      }
    }
    arrays.put(prefix + "bn1.num_batches_tracked", new Array(List.of(), new float[] {7}));
    arrays.put(prefix + "fc.weight", new Array(List.of(1L, 2L), new float[2]));
    arrays.put(prefix + "fc.bias", new Array(List.of(1L), new float[1]));
    Path file = folder.resolve("resnet18.safetensors");
    new Safetensors(Map.of("format", "pt"), arrays).write(file);
    return file;
  }

  private static void assertEqual(Detector found, Detector expected, String prefix) {
    assertThat(found.parameters().byName().keySet()).anyMatch(name -> name.startsWith(prefix));
    for (Parameter parameter : expected.parameters()) {
      if (parameter.name().startsWith(prefix)) {
        assertThat(found.parameters().get(parameter.name()).values())
            .as(parameter.name())
            .isEqualTo(parameter.values());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "module.", "model.", "backbone.", "backbone.body."})
  void aBackboneComesFromTorchvisionsNamesBehindAnyUsualPrefix(String prefix) throws IOException {
    // Given
    Detector trained = detector(1);
    Detector student = detector(2);
    float[] head = student.parameters().get("bbox_head.gfl_cls.weight").values();
    WeightsFile file = WeightsFile.read(torchvision(trained, prefix));

    // When
    WeightsMatch match = WeightsMatch.of(file, student.parameters(), Part.BACKBONE);
    match.load(false);

    // Then
    assertEqual(student, trained, "backbone.");
    assertThat(student.parameters().get("bbox_head.gfl_cls.weight").values()).isEqualTo(head);
    assertThat(match.report())
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("  ignored   3 (counters, constants, classifiers): " + prefix));
  }

  @Test
  void aBackboneAloneIsNotAWholeStudentUnlessPartialIsAskedFor() throws IOException {
    // Given
    Detector trained = detector(1);
    Detector student = detector(2);
    float[] before = student.parameters().get("backbone.conv1.weight").values();
    WeightsMatch match =
        WeightsMatch.of(
            WeightsFile.read(torchvision(trained, "")), student.parameters(), Part.WHOLE);

    // When, then
    assertThatThrownBy(() -> match.load(false))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("parameters missing: neck.lateral_convs.0.conv.weight, ...")
        .hasMessageContaining("partial: true would load the other 100 of ");
    assertThat(student.parameters().get("backbone.conv1.weight").values()).isEqualTo(before);
    match.load(true);
    assertEqual(student, trained, "backbone.");
  }

  @Test
  void anArrayOfAnotherShapeIsShownWithBothShapes() throws IOException {
    // Given a file whose stem takes one channel
    Path file = torchvision(detector(1), "");
    Map<String, Array> arrays = new LinkedHashMap<>(Safetensors.read(file).arrays());
    arrays.put("conv1.weight", new Array(List.of(4L, 1L, 7L, 7L), new float[196]));
    new Safetensors(Map.of(), arrays).write(file);
    Detector student = detector(2);

    // When
    WeightsMatch match =
        WeightsMatch.of(WeightsFile.read(file), student.parameters(), Part.BACKBONE);

    // Then
    assertThat(match.report())
        .contains(
            "  matched   99 of 100 parameters of the backbone",
            "  shape     backbone.conv1.weight: found [4, 1, 7, 7], expected [4, 3, 7, 7]");
    assertThatThrownBy(() -> match.load(false))
        .hasMessageContaining(
            "1 parameter of another shape: backbone.conv1.weight: found [4, 1, 7, 7]");
  }

  @Test
  void weightsThatAreNoNumbersAreRefusedEvenWherePartialIsAskedFor() throws IOException {
    // Given
    Path file = torchvision(detector(1), "");
    Map<String, Array> arrays = new LinkedHashMap<>(Safetensors.read(file).arrays());
    arrays.put("bn1.bias", new Array(List.of(4L), new float[] {0, Float.NaN, 0, 0}));
    arrays.put("bn1.weight", new Array(List.of(4L), new float[] {1, 1, 1, 1 / 0f}));
    new Safetensors(Map.of(), arrays).write(file);
    Detector student = detector(2);

    // When
    WeightsMatch match = WeightsMatch.of(WeightsFile.read(file), student.parameters(), Part.WHOLE);

    // Then
    String says = "2 parameters hold NaN or infinity: backbone.bn1.";
    assertThat(match.report()).anyMatch(line -> line.startsWith("  NaN       " + says));
    assertThat(match.summary().notFinite())
        .containsExactlyInAnyOrder("backbone.bn1.weight", "backbone.bn1.bias");
    assertThatThrownBy(() -> match.load(true))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(says);
    assertThat(student.parameters().get("backbone.bn1.bias").values()).doesNotContain(Float.NaN);
  }

  @Test
  void nothingInCommonIsRefusedEvenWherePartialIsAskedFor() throws IOException {
    Path file = folder.resolve("other.safetensors");
    new Safetensors(Map.of(), Map.of("encoder.w", new Array(List.of(1L), new float[1])))
        .write(file);
    Detector student = detector(2);

    assertThatThrownBy(
            () ->
                WeightsMatch.of(WeightsFile.read(file), student.parameters(), Part.WHOLE)
                    .load(true))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("1 parameter not of this network: encoder.w")
        .hasMessageEndingWith("; nothing matches");
  }

  @Test
  void anOnnxFileWithItsNamesGivesTheWholeStudent() throws IOException {
    // Given our own export, which keeps batch normalisation and names
    Detector trained = detector(1);
    Path file = new StudentExport("t", 64, 64, List.of("a", "b", "c"), 1).write(trained, folder);
    Detector student = detector(2);

    // When
    WeightsMatch.of(WeightsFile.read(file), student.parameters(), Part.WHOLE).load(false);

    // Then
    assertEqual(student, trained, "");
  }

  @Test
  void anExportWithFoldedNormalisationIsRefusedWithTheReason() throws IOException {
    // Given: the same without statistics, as an exporter that folds them writes it
    Path file =
        new StudentExport("t", 64, 64, List.of("a", "b", "c"), 1).write(detector(1), folder);
    WeightsFile whole = WeightsFile.read(file);
    Map<String, Array> folded = new LinkedHashMap<>(whole.arrays());
    folded.keySet().removeIf(name -> name.contains("running_") || name.contains("bn"));

    // When, then
    WeightsMatch match =
        WeightsMatch.of(
            new WeightsFile(file, WeightsFile.Format.ONNX, folded),
            detector(2).parameters(),
            Part.WHOLE);
    assertThatThrownBy(() -> match.load(true))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found an ONNX export without the statistics of batch normalisation")
        .hasMessageContaining("running_var of 20 layers");
  }

  @Test
  void aTorchScriptFileGivesParametersAndShapesAsLibtorchHasThem() throws IOException {
    assumeTrue(Files.isRegularFile(NANODET), "the shared folder's NanoDet-m is absent");
    // Given the module in libtorch, which names its parameters
    Detector student =
        Detectors.create(
            DetectorSpec.parse(
                "{network: torchscript, classes: 80, strides: [8, 16, 32], grid-offset: 0.5,"
                    + " head: {bins: 8}, script: {model: '"
                    + NANODET
                    + "', outputs: [cls_8, dist_8, feat_8, cls_16, dist_16, feat_16, cls_32,"
                    + " dist_32, feat_32]}}",
                "test"),
            manager,
            0);
    Map<String, float[]> expected = new LinkedHashMap<>();
    for (Parameter parameter : student.parameters()) {
      expected.put(parameter.name(), parameter.values());
      parameter.set(new float[(int) parameter.shape().size()]);
    }

    // When
    WeightsMatch match =
        WeightsMatch.of(WeightsFile.read(NANODET), student.parameters(), Part.WHOLE);
    match.load(false);

    // Then
    assertThat(match.report().get(0)).contains("TorchScript").endsWith("; * is script.*");
    for (Parameter parameter : student.parameters()) {
      assertThat(parameter.values()).as(parameter.name()).isEqualTo(expected.get(parameter.name()));
    }
  }

  @Test
  void publishedDetectorsLoadByTheirOwnNames() throws IOException {
    Path file =
        Path.of(System.getProperty("lectern.shared", "shared"))
            .resolve("golden-networks/gfl_tiny_01/weights.safetensors");
    assumeTrue(Files.isRegularFile(file), "no golden networks");
    // Given MMDetection's GFL, with counters and the constant of its integral
    Detector student =
        Detectors.create(
            DetectorSpec.parse(
                "{classes: 4, backbone: {depth: 18, width: 8}, neck: {channels: 64},"
                    + " head: {bins: 17, channels: 64, groups: 32}}",
                "test"),
            manager,
            0);

    // When
    WeightsMatch match = WeightsMatch.of(WeightsFile.read(file), student.parameters(), Part.WHOLE);
    match.load(false);

    // Then
    assertThat(match.isWhole()).isTrue();
    assertThat(student.parameters().get("neck.fpn_convs.0.conv.bias").values())
        .isEqualTo(Safetensors.read(file).arrays().get("neck.fpn_convs.0.conv.bias").values());
  }

  @Test
  void aBackboneOfANetworkThatNamesNoneIsRefused() {
    assertThatThrownBy(
            () ->
                WeightsMatch.of(
                    new WeightsFile(Path.of("f"), WeightsFile.Format.SAFETENSORS, Map.of()),
                    new Parameters(List.of()),
                    Part.BACKBONE))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("no parameter of the network is called backbone.* or model.0");
  }

  @Test
  void theFirstTenLayersOfAYoloAreItsBackbone() {
    // Given a network that numbers its layers, and a checkpoint of it inside a wrapper
    Parameters network =
        new Parameters(
            List.of(
                new Parameter("model.9.cv1.conv.weight", manager.zeros(new Shape(2)), Role.LEARNED),
                new Parameter("model.22.dfl.weight", manager.zeros(new Shape(1)), Role.LEARNED)));
    WeightsFile file =
        new WeightsFile(
            Path.of("yolov8.safetensors"),
            WeightsFile.Format.SAFETENSORS,
            Map.of(
                "model.model.9.cv1.conv.weight",
                new Array(List.of(2L), new float[] {1, 2}),
                "model.model.22.dfl.weight",
                new Array(List.of(3L), new float[3])));

    // When
    WeightsMatch.of(file, network, Part.BACKBONE).load(false);

    // Then
    assertThat(network.get("model.9.cv1.conv.weight").values()).containsExactly(1, 2);
    assertThat(network.get("model.22.dfl.weight").values()).containsExactly(0);
  }

  @Test
  void pickledCheckpointsAreRefusedWithTheLineThatConvertsThem() throws IOException {
    // Given the two forms of torch.save: a zip archive without a program, and a bare pickle
    Path zip = folder.resolve("model.pth");
    Files.write(zip, archive(Map.of("model/data.pkl", new byte[] {(byte) 0x80, 2, '.'})));
    Path bare = folder.resolve("old.pt");
    Files.write(bare, new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10, 0x6c, (byte) 0xfc, 0, 0, 0, 0});

    // When, then
    for (Path file : List.of(zip, bare)) {
      assertThatThrownBy(() -> WeightsFile.read(file))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageContaining(file + ": found a pickled checkpoint")
          .hasMessageContaining("python3 -c \"import sys, torch")
          .hasMessageEndingWith(
              file + " " + file.toString().replaceFirst("\\.pth?$", ".safetensors"));
    }
  }

  @Test
  void anythingElseIsRefusedWithWhatWouldDo() throws IOException {
    Path file = Files.writeString(folder.resolve("weights.txt"), "these are not weights");

    assertThatThrownBy(() -> WeightsFile.read(file))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith("found another format, expected safetensors, TorchScript or ONNX");
  }

  @Test
  void narrowNumbersAreReadAsTheyAre() throws IOException {
    // Given 1, -2 and 2^-24 as float16, 1.5 as bfloat16, 0.1 as float64 and 7 as int64
    ByteBuffer data = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    data.putShort((short) 0x3C00).putShort((short) 0xC000).putShort((short) 1);
    data.putShort((short) 0x3FC0).putDouble(0.1).putLong(7);
    byte[] header =
        ("{\"h\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[0,6]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[6,8]},"
                + "\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[8,16]},"
                + "\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[16,24]}}")
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + header.length + 24).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length).put(header).put(data.array());
    Path path = Files.write(folder.resolve("n.safetensors"), file.array());

    // When
    Map<String, Array> arrays = WeightsFile.read(path).arrays();

    // Then
    assertThat(arrays.get("h").values()).containsExactly(1f, -2f, 0x1p-24f);
    assertThat(arrays.get("b").values()).containsExactly(1.5f);
    assertThat(arrays.get("d").values()).containsExactly(0.1f);
    assertThat(arrays.get("n").values()).containsExactly(7f);
  }

  /** A module "w: 2x2 with strides (1, 2)", as torch.jit.save writes it, with 1 2 3 4 stored. */
  @Test
  void stridesOfATorchScriptTensorAreFollowed() throws IOException {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.write(new byte[] {(byte) 0x80, 2});
    pickle.writeBytes("c__torch__\nNet\nq\0)\u0081}(".getBytes(StandardCharsets.ISO_8859_1));
    text(pickle, "w");
    pickle.writeBytes("ctorch._utils\n_rebuild_tensor_v2\n((".getBytes(StandardCharsets.US_ASCII));
    text(pickle, "storage");
    pickle.writeBytes("ctorch\nFloatStorage\n".getBytes(StandardCharsets.US_ASCII));
    text(pickle, "0");
    text(pickle, "cpu");
    pickle.writeBytes(
        "K\4tQK\0(K\2K\2t(K\1K\2t\u0089ccollections\nOrderedDict\n)RtRub."
            .getBytes(StandardCharsets.ISO_8859_1));
    ByteBuffer numbers = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    numbers.putFloat(1).putFloat(2).putFloat(3).putFloat(4);
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("net/data.pkl", pickle.toByteArray());
    entries.put("net/data/0", numbers.array());
    entries.put("net/code/__torch__.py", new byte[0]);
    Path file = Files.write(folder.resolve("net.pt"), archive(entries));

    Array array = WeightsFile.read(file).arrays().get("w");

    assertThat(array.shape()).containsExactly(2L, 2L);
    assertThat(array.values()).containsExactly(1f, 3f, 2f, 4f);
    // and a cut pickle is a damaged file, whatever is cut
    for (int cut = 4; cut < pickle.size() - 1; cut += 7) {
      entries.put("net/data.pkl", Arrays.copyOf(pickle.toByteArray(), cut));
      Files.write(file, archive(entries));
      assertThatThrownBy(() -> WeightsFile.read(file)).isInstanceOf(CorruptWeightsException.class);
    }
  }

  private static void text(ByteArrayOutputStream pickle, String text) {
    pickle.write('X');
    pickle.writeBytes(
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(text.length()).array());
    pickle.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] archive(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return bytes.toByteArray();
  }
}
