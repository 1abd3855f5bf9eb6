package dev.lectern.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.CompressionEncoding;
import dev.lectern.schemas.record.FilterEncoding;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.RegionRule;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.ValueEncoding;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecordingDigestTest {
  private static final List<KindEncoding> FLOAT16 = List.of(encoding(ValueEncoding.FLOAT16));

  private final IndexEntry first = Entries.entry("1#0", new byte[] {1, 2}, 0L);
  private final IndexEntry second = Entries.entry("2#0", new byte[] {3}, 1L);

  @Test
  void equalsTheHashOfTheDocumentedBytes() throws Exception {
    // Given
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    text(out, "lectern-recording-1");
    text(out, "t@1");
    out.writeInt(1);
    for (String word : List.of("CLASS_SCORES", "FLOAT16", "DENSE", "SHUFFLE", "ZSTD")) {
      text(out, word);
    }
    out.writeInt(1);
    text(out, "1#0");
    out.write(first.getView().getPixelsSha256().array());
    out.writeInt(1);
    text(out, "CLASS_SCORES");
    out.write(Entries.sha256(new byte[] {1, 2}).array());
    String expected =
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));

    // When
    String digest = RecordingDigest.of("t@1", FLOAT16, List.of(first));

    // Then
    assertThat(digest).isEqualTo(expected);
  }

  @Test
  void orderOffsetsWorkerAndAttemptDoNotMatter() {
    // Given
    IndexEntry elsewhere = Entries.entry("1#0", new byte[] {1, 2}, 40L);
    elsewhere.getReceipt().setWorker("another");
    elsewhere.getReceipt().setAttemptId(99L);
    elsewhere.getReceipt().setRecordedAt(12345L);
    elsewhere.getView().setOffset(77L);

    // When
    String digest = RecordingDigest.of("t@1", FLOAT16, List.of(second, elsewhere));

    // Then
    assertThat(digest).isEqualTo(RecordingDigest.of("t@1", FLOAT16, List.of(first, second)));
  }

  @Test
  void everyPartOfTheContentMatters() {
    // Given
    List<KindEncoding> float32 = List.of(encoding(ValueEncoding.FLOAT32));
    IndexEntry otherPayload = Entries.entry("1#0", new byte[] {1, 3}, 0L);
    IndexEntry otherPixels = Entries.entry("1#0", new byte[] {1, 2}, 0L);
    otherPixels.getView().setPixelsSha256(Entries.sha256(new byte[1]));

    // When
    List<String> digests =
        List.of(
            RecordingDigest.of("t@1", FLOAT16, List.of(first)),
            RecordingDigest.of("t@2", FLOAT16, List.of(first)),
            RecordingDigest.of("t@1", float32, List.of(first)),
            RecordingDigest.of("t@1", FLOAT16, List.of(first, second)),
            RecordingDigest.of("t@1", FLOAT16, List.of(otherPayload)),
            RecordingDigest.of("t@1", FLOAT16, List.of(otherPixels)));

    // Then
    assertThat(digests).doesNotHaveDuplicates();
  }

  @Test
  void positionsAreHashedAsDocumented() throws Exception {
    // Given
    KindEncoding regions = encoding(ValueEncoding.FIXED24);
    regions.setPositions(PositionEncoding.REGIONS);
    RegionPriors oneSquare = priors(RegionRule.ATSS_VLR, 1, List.of(1.0), 0, 0, List.of(), 0);
    regions.setPriors(List.of(oneSquare));
    KindEncoding topScore = encoding(ValueEncoding.FIXED24);
    topScore.setPositions(PositionEncoding.TOP_SCORE);
    topScore.setTopScore(100);

    // Then
    assertThat(RecordingDigest.of("t@1", List.of(regions), List.of()))
        .isEqualTo(
            digest(
                "REGIONS",
                out -> {
                  out.writeInt(1);
                  grid(out);
                }));
    RegionPriors points = priors(RegionRule.FCOS, 1, List.of(1.0), 0, 0, List.of(64.0), 1.5);
    RegionPriors anchors = priors(RegionRule.MAX_IOU, 3, List.of(0.5, 1.0), 0.6, 0.1, List.of(), 0);
    regions.setPriors(List.of(points, anchors));
    assertThat(RecordingDigest.of("t@1", List.of(regions), List.of()))
        .isEqualTo(
            digest(
                "REGIONS",
                out -> {
                  out.writeInt(2);
                  grid(out);
                  text(out, "FCOS");
                  out.writeInt(1);
                  out.writeInt(1);
                  out.writeDouble(1);
                  out.writeDouble(0);
                  out.writeDouble(0);
                  out.writeInt(1);
                  out.writeDouble(64);
                  out.writeDouble(1.5);
                  grid(out);
                  text(out, "MAX_IOU");
                  out.writeInt(3);
                  out.writeInt(2);
                  out.writeDouble(0.5);
                  out.writeDouble(1);
                  out.writeDouble(0.6);
                  out.writeDouble(0.1);
                  out.writeInt(0);
                  out.writeDouble(0);
                }));
    assertThat(RecordingDigest.of("t@1", List.of(topScore), List.of()))
        .isEqualTo(digest("TOP_SCORE", out -> out.writeInt(100)));
  }

  private static RegionPriors priors(
      RegionRule rule,
      int scales,
      List<Double> ratios,
      double positiveIou,
      double minPositiveIou,
      List<Double> ranges,
      double radius) {
    return new RegionPriors(
        List.of(8, 16),
        0.5,
        5.0,
        9,
        rule,
        scales,
        ratios,
        positiveIou,
        minPositiveIou,
        ranges,
        radius);
  }

  private static void grid(DataOutputStream out) throws IOException {
    out.writeInt(2);
    out.writeInt(8);
    out.writeInt(16);
    out.writeDouble(0.5);
    out.writeDouble(5);
    out.writeInt(9);
  }

  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private static String digest(String positions, Writing parameters) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    text(out, "lectern-recording-1");
    text(out, "t@1");
    out.writeInt(1);
    for (String word : List.of("CLASS_SCORES", "FIXED24", positions, "SHUFFLE", "ZSTD")) {
      text(out, word);
    }
    parameters.to(out);
    out.writeInt(0);
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
  }

  private static KindEncoding encoding(ValueEncoding values) {
    return new KindEncoding(
        TensorKind.CLASS_SCORES,
        values,
        PositionEncoding.DENSE,
        FilterEncoding.SHUFFLE,
        CompressionEncoding.ZSTD,
        List.of(),
        0,
        0.0);
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }
}
