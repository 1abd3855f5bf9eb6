package dev.lectern.detector.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Detectors;
import dev.lectern.schemas.config.UserMistakeException;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsTest {
  private static final String SPEC =
      "{classes: 3, bins: 8, strides: [8, 16], backbone: {width: 4}, neck: {channels: 8},"
          + " head: {depth: 1, channels: 8}}";

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

  private Detector detector(String yaml, long seed) {
    return Detectors.create(DetectorSpec.parse(yaml, "test"), manager, seed);
  }

  @Test
  void savedWeightsComeBackBitForBit() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Detector saved = detector(SPEC, 1);
    Detector loaded = detector(SPEC, 2);

    Weights.save(saved, file);
    Weights.load(file, loaded.parameters());

    for (Parameter parameter : saved.parameters()) {
      assertThat(loaded.parameters().get(parameter.name()).values())
          .as(parameter.name())
          .isEqualTo(parameter.values());
    }
  }

  @Test
  void theFileSaysWhichNetworkItIsOf() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Detector saved = detector(SPEC, 1);

    Weights.save(saved, file);

    assertThat(Weights.spec(file)).isEqualTo(saved.spec());
  }

  @Test
  void theLayoutIsAsTheFormatHasIt() throws IOException {
    // Given one array of two values
    Path file = folder.resolve("a.safetensors");
    Safetensors contents =
        new Safetensors(
            Map.of("k", "v"),
            Map.of("w", new Safetensors.Array(List.of(2L, 1L), new float[] {1f, -2f})));

    // When
    contents.write(file);

    // Then
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) bytes.getLong(0);
    assertThat(length % 8).isZero();
    String header = new String(bytes.array(), 8, length, StandardCharsets.UTF_8);
    assertThat(header)
        .startsWith("{\"__metadata__\":{\"k\":\"v\",\"sha256\":\"")
        .contains("\"w\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}");
    assertThat(bytes.getFloat(8 + length)).isEqualTo(1f);
    assertThat(bytes.getFloat(8 + length + 4)).isEqualTo(-2f);
    assertThat(bytes.capacity()).isEqualTo(8 + length + 8);
  }

  @Test
  void nothingButTheFileIsLeftInTheFolder() throws IOException {
    Weights.save(detector(SPEC, 1), folder.resolve("a.safetensors"));

    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(folder.resolve("a.safetensors"));
    }
  }

  @Test
  void weightsOfAnotherNetworkAreRefusedInOneLineAndChangeNothing() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Weights.save(detector(SPEC, 1), file);
    Detector other = detector(SPEC.replace("bins: 8", "bins: 9"), 2);
    float[] before = other.parameters().get("backbone.conv1.weight").values();

    assertThatThrownBy(() -> Weights.load(file, other.parameters()))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "weights "
                + file
                + ": 2 parameters of another shape: bbox_head.gfl_reg.weight is [32, 8, 3, 3],"
                + " expected [36, 8, 3, 3], ...");
    assertThat(other.parameters().get("backbone.conv1.weight").values()).isEqualTo(before);
  }

  @Test
  void missingAndExtraParametersAreNamed() {
    Detector detector = detector(SPEC, 1);
    Map<String, Safetensors.Array> arrays = new LinkedHashMap<>(Weights.of(detector).arrays());
    arrays.remove("neck.fpn_convs.0.conv.bias");
    arrays.put("extra", new Safetensors.Array(List.of(), new float[1]));

    assertThatThrownBy(
            () -> Weights.set(new Safetensors(Map.of(), arrays), detector.parameters(), "here"))
        .hasMessage(
            "here: 1 parameter missing: neck.fpn_convs.0.conv.bias;"
                + " 1 parameter not of this network: extra");
  }

  @Test
  void aChangedByteIsFound() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Detector detector = detector(SPEC, 1);
    Weights.save(detector, file);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 5] ^= 1;
    Files.write(file, bytes);

    assertThatThrownBy(() -> Weights.load(file, detector.parameters()))
        .isInstanceOf(CorruptWeightsException.class)
        .hasMessageContaining("found SHA-256");
  }

  @Test
  void aFileCutShortIsFound() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Detector detector = detector(SPEC, 1);
    Weights.save(detector, file);
    byte[] bytes = Files.readAllBytes(file);
    for (int length : new int[] {0, 7, 100, bytes.length - 4}) {
      Files.write(file, Arrays.copyOf(bytes, length));

      assertThatThrownBy(() -> Weights.load(file, detector.parameters()))
          .isInstanceOf(CorruptWeightsException.class);
    }
  }

  @Test
  void offsetsOutsideTheFileAreFound() throws IOException {
    Path file = folder.resolve("a.safetensors");
    write(file, "{" + scalars("w", 0, 8) + "}", 4);

    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(CorruptWeightsException.class)
        .hasMessage(file + ": w: found values at 0 to 8 of 4 bytes");
  }

  /** As the format demands: one array after the other, and nothing else. */
  @Test
  void arraysThatOverlapOrLeaveBytesOutAreFound() throws IOException {
    Path file = folder.resolve("a.safetensors");
    write(file, "{" + scalars("b", 8, 16) + "," + scalars("a", 0, 8) + "}", 16);
    assertThat(Safetensors.read(file).arrays()).containsOnlyKeys("b", "a");

    write(file, "{" + scalars("a", 0, 8) + "," + scalars("b", 4, 12) + "}", 12);
    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(CorruptWeightsException.class)
        .hasMessage(file + ": b: found values from byte 4, expected from 8");
    write(file, "{" + scalars("a", 0, 8) + "," + scalars("b", 12, 20) + "}", 20);
    assertThatThrownBy(() -> Safetensors.read(file))
        .hasMessage(file + ": b: found values from byte 12, expected from 8");
    write(file, "{" + scalars("a", 0, 8) + "}", 15);
    assertThatThrownBy(() -> Safetensors.read(file))
        .hasMessage(file + ": found 15 bytes of values, expected the 8 of its arrays");
  }

  @Test
  void anArrayThatIsThereTwiceIsFound() throws IOException {
    Path file = folder.resolve("a.safetensors");
    write(file, "{" + scalars("a", 0, 8) + "," + scalars("a", 8, 16) + "}", 16);

    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(CorruptWeightsException.class)
        .hasMessage(file + ": the header cannot be read: Duplicate field 'a'");
  }

  private static String scalars(String name, int begin, int end) {
    return "\"%s\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[%d,%d]}"
        .formatted(name, (end - begin) / 4, begin, end);
  }

  private static void write(Path file, String header, int bytesOfValues) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + bytesOfValues);
    Files.write(file, bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).put(text).array());
  }

  @Test
  void aMissingFileIsAMistakeOfTheUser() {
    Detector detector = detector(SPEC, 1);

    assertThatThrownBy(() -> Weights.load(folder.resolve("no"), detector.parameters()))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("weights " + folder.resolve("no") + ": not found");
  }
}
