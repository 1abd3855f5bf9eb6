package dev.lectern.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredPositionsTest {
  private static final List<TensorEncoding> ENCODINGS =
      List.of(
          TensorEncoding.FLOAT32,
          TensorEncoding.FLOAT16,
          TensorEncoding.FIXED24,
          TensorEncoding.INT8,
          new TensorEncoding(Values.FLOAT16, Filter.NONE, Compression.NONE),
          new TensorEncoding(Values.FIXED24, Filter.SHUFFLE, Compression.NONE),
          new TensorEncoding(Values.INT8, Filter.VERTICAL_DELTA, Compression.NONE));

  /** The example of schemas/README.md. */
  private static final StoredPositions EXAMPLE_POSITIONS =
      new StoredPositions(Positions.REGIONS, List.of(new int[] {1, 2, 5}));

  private static final float[] EXAMPLE_COLUMNS = {1f, -2f, -0.25f, -3f, 1.5f, -8f};

  private static Tensor example(float absent) {
    return Tensor.of(
        "cls.0",
        new float[] {0f, 1f, -2f, 0.5f, absent, -0.25f, 3f, -3f, 1.5f, 0.1f, 7f, -8f},
        2,
        2,
        3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "regions-float16-none-none",
        "regions-fixed24-shuffle-none",
        "regions-int8-delta-none"
      })
  void goldenBytesOfRegionsAreReadAndWrittenUnchanged(String name) throws IOException {
    TensorEncoding encoding =
        switch (name) {
          case "regions-float16-none-none" ->
              new TensorEncoding(Values.FLOAT16, Filter.NONE, Compression.NONE);
          case "regions-fixed24-shuffle-none" ->
              new TensorEncoding(Values.FIXED24, Filter.SHUFFLE, Compression.NONE);
          default -> new TensorEncoding(Values.INT8, Filter.VERTICAL_DELTA, Compression.NONE);
        };
    byte[] golden = golden(name);

    assertThat(new TensorWriter().write(List.of(example(65504)), encoding, EXAMPLE_POSITIONS))
        .isEqualTo(golden);
    TensorContainer container = TensorContainer.open(ByteBuffer.wrap(golden));
    TensorContainer.Entry entry = container.find("cls.0");
    assertThat(entry.positions()).isEqualTo(Positions.REGIONS);
    assertThat(entry.shape()).containsExactly(2, 2, 3);
    assertThat(entry.storedShape()).containsExactly(2, 3);
    assertThat(container.positions(entry)).containsExactly(1, 2, 5);
    float[] found = container.read(entry).toArray();
    for (int i = 0; i < found.length; i++) {
      float step = encoding.values() == Values.INT8 ? 9.5f / 255 : 0;
      assertThat(Math.abs(found[i] - EXAMPLE_COLUMNS[i])).isLessThanOrEqualTo(step / 2);
    }
  }

  @Test
  void goldenBytesOfTopScoresAreReadAndWrittenUnchanged() throws IOException {
    byte[] golden = golden("top-score-float32-shuffle-none");
    float[] map = new float[400];
    map[145] = 1.25f;
    map[399] = -6;
    List<Tensor> tensors =
        List.of(
            Tensor.of("dist.0", map, 1, 20, 20), Tensor.of("dist.1", new float[] {4f}, 1, 1, 1));
    StoredPositions positions =
        new StoredPositions(Positions.TOP_SCORE, List.of(new int[] {0, 145, 399}, new int[0]));

    assertThat(
            new TensorWriter()
                .write(
                    tensors,
                    new TensorEncoding(Values.FLOAT32, Filter.SHUFFLE, Compression.NONE),
                    positions))
        .isEqualTo(golden);
    TensorContainer container = TensorContainer.open(ByteBuffer.wrap(golden));
    assertThat(container.positions(container.find("dist.0"))).containsExactly(0, 145, 399);
    assertThat(container.read(container.find("dist.0")).toArray()).containsExactly(0f, 1.25f, -6f);
    assertThat(container.positions(container.find("dist.1"))).isEmpty();
    assertThat(container.read(container.find("dist.1")).toArray()).isEmpty();
  }

  @Test
  void anyPositionsOfAnyShapeComeBackAsTheyDoFromTheDenseTensor() {
    SplittableRandom random = new SplittableRandom(5);
    TensorWriter writer = new TensorWriter();
    for (int round = 0; round < 60; round++) {
      List<Tensor> dense = new ArrayList<>();
      List<int[]> positions = new ArrayList<>();
      List<Tensor> columns = new ArrayList<>();
      int levels = random.nextInt(1, 4);
      double[] shares = {0, 1, random.nextDouble(), random.nextDouble() * 0.02};
      for (int level = 0; level < levels; level++) {
        int[] shape = {random.nextInt(1, 6), random.nextInt(1, 40), random.nextInt(1, 40)};
        int cells = shape[1] * shape[2];
        double share = shares[random.nextInt(shares.length)];
        int[] kept =
            IntStream.range(0, cells)
                .filter(i -> share == 1 || random.nextDouble() < share)
                .toArray();
        float[] values = new float[shape[0] * cells];
        float[] stored = new float[shape[0] * kept.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) (random.nextDouble() * 20 - 10);
        }
        for (int c = 0; c < shape[0]; c++) {
          for (int p = 0; p < kept.length; p++) {
            stored[c * kept.length + p] = values[c * cells + kept[p]];
          }
        }
        dense.add(Tensor.of("cls." + level, values, shape));
        positions.add(kept);
        columns.add(Tensor.of("cls." + level, stored, shape[0], kept.length));
      }
      for (TensorEncoding encoding : ENCODINGS) {
        byte[] bytes =
            writer.write(dense, encoding, new StoredPositions(Positions.REGIONS, positions));
        TensorContainer container = TensorContainer.open(ByteBuffer.wrap(bytes));
        TensorContainer alone =
            TensorContainer.open(ByteBuffer.wrap(writer.write(columns, encoding)));
        for (int level = 0; level < levels; level++) {
          TensorContainer.Entry entry = container.find("cls." + level);
          assertThat(container.positions(entry)).containsExactly(positions.get(level));
          assertThat(container.read(entry).toArray())
              .as("%s", encoding)
              .containsExactly(alone.read(alone.find("cls." + level)).toArray());
        }
      }
    }
  }

  @Test
  void aNumberThatIsNotStoredMustBeFiniteAllTheSame() {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThatThrownBy(
              () ->
                  new TensorWriter()
                      .write(List.of(example(value)), TensorEncoding.FLOAT16, EXAMPLE_POSITIONS))
          .isInstanceOf(UnstorableValueException.class)
          .hasMessageContaining("tensor cls.0 value 4: found " + value);
    }
  }

  @Test
  void positionsOutsideTheMapOrOutOfOrderAreRefused() {
    for (int[] positions : new int[][] {{6}, {2, 1}, {1, 1}, {-1}}) {
      StoredPositions stored = new StoredPositions(Positions.REGIONS, List.of(positions));
      assertThatThrownBy(
              () -> new TensorWriter().write(List.of(example(0)), TensorEncoding.FLOAT16, stored))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("found position");
    }
  }

  @Test
  void everyTruncationAndEveryFlippedBitIsNoticed() {
    for (TensorEncoding encoding : ENCODINGS) {
      byte[] whole = new TensorWriter().write(List.of(example(1)), encoding, EXAMPLE_POSITIONS);
      for (int length = 0; length < whole.length; length++) {
        ByteBuffer part = ByteBuffer.wrap(whole, 0, length);
        assertThat(catchThrowable(() -> readAll(part))).isInstanceOf(CorruptTensorException.class);
      }
      for (int bit = 0; bit < whole.length * 8; bit++) {
        byte[] flipped = whole.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        assertThat(catchThrowable(() -> readAll(ByteBuffer.wrap(flipped))))
            .as("bit %d of %s", bit, encoding)
            .isInstanceOfAny(CorruptTensorException.class, UnsupportedTensorVersionException.class);
      }
    }
  }

  @Test
  void aListThatDoesNotFitItsMapIsRefusedThoughItsChecksumHolds() {
    for (byte[] list :
        new byte[][] {
          {1, 0, 3}, // position 6 of 6
          {1, 0, (byte) 0x80}, // ends inside a number
          {(byte) 0x80, (byte) 0x80, 0}, // two positions missing
          {(byte) 0xFF, (byte) 0xFF, (byte) 0x7F}
        }) {
      ByteBuffer bytes =
          ByteBuffer.wrap(
                  new TensorWriter()
                      .write(
                          List.of(example(1)),
                          new TensorEncoding(Values.FLOAT16, Filter.NONE, Compression.NONE),
                          EXAMPLE_POSITIONS))
              .order(ByteOrder.LITTLE_ENDIAN);
      int block = bytes.getInt(TensorFormat.HEADER_BYTES_OFFSET);
      bytes.put(block, list);
      TensorContainer container = TensorContainer.openVerified(bytes);

      assertThatThrownBy(() -> container.positions(container.find("cls.0")))
          .isInstanceOf(CorruptTensorException.class)
          .hasMessageContaining("position list");
    }
  }

  @Test
  void aTensorWithoutPositionsHasNone() {
    TensorContainer container =
        TensorContainer.open(
            ByteBuffer.wrap(new TensorWriter().write(List.of(example(1)), TensorEncoding.FLOAT16)));

    assertThatThrownBy(() -> container.positions(container.find("cls.0")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                new TensorWriter()
                    .write(
                        List.of(Tensor.of("a", new float[] {1}, 1)),
                        TensorEncoding.FLOAT16,
                        EXAMPLE_POSITIONS))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void readAll(ByteBuffer bytes) {
    TensorContainer container = TensorContainer.open(bytes);
    for (TensorContainer.Entry entry : container.entries()) {
      if (entry.positions() != Positions.DENSE) {
        container.positions(entry);
      }
      container.read(entry);
    }
  }

  private static byte[] golden(String name) throws IOException {
    try (InputStream in =
        StoredPositionsTest.class.getResourceAsStream("/tensor/v1-" + name + ".bin")) {
      return in.readAllBytes();
    }
  }
}
