package dev.lectern.schemas.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The inner loops of the codec on one feature map of (96, 32, 40), outside the heap. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LoopBenchmark {
  private static final int[] SHAPE = {96, 32, 40};

  /** Encodings by name. */
  public enum Encoding {
    FLOAT32_PLAIN(Values.FLOAT32, Filter.NONE, Compression.NONE),
    FLOAT16_PLAIN(Values.FLOAT16, Filter.NONE, Compression.NONE),
    FLOAT16_SHUFFLE(Values.FLOAT16, Filter.SHUFFLE, Compression.NONE),
    FLOAT16_SHUFFLE_ZSTD(Values.FLOAT16, Filter.SHUFFLE, Compression.ZSTD),
    INT8_PLAIN(Values.INT8, Filter.NONE, Compression.NONE),
    INT8_DELTA(Values.INT8, Filter.VERTICAL_DELTA, Compression.NONE),
    INT8_DELTA_ZSTD(Values.INT8, Filter.VERTICAL_DELTA, Compression.ZSTD);

    final TensorEncoding encoding;

    Encoding(Values values, Filter filter, Compression compression) {
      this.encoding = new TensorEncoding(values, filter, compression);
    }
  }

  @Param public Encoding encoding;

  @Param("" + TensorFormat.ZSTD_LEVEL)
  public int zstdLevel;

  private TensorWriter writer;
  private Tensor tensor;
  private ByteBuffer stored;
  private FloatBuffer target;
  private ByteBuffer narrow;

  /** A smooth map with noise, as features are. */
  @Setup
  public void fill() {
    SplittableRandom random = new SplittableRandom(7);
    int size = SHAPE[0] * SHAPE[1] * SHAPE[2];
    FloatBuffer values = floats(size);
    for (int i = 0; i < size; i++) {
      int row = i / SHAPE[2] % SHAPE[1];
      values.put((float) (Math.sin(row / 5.0 + i / 1280) + 0.15 * random.nextGaussian()));
    }
    tensor = new Tensor("fpn.0", SHAPE, values.flip());
    writer = new TensorWriter(zstdLevel);
    byte[] bytes = writer.write(List.of(tensor), encoding.encoding);
    System.out.println(bytes.length + " bytes");
    stored = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    target = floats(size);
    narrow = ByteBuffer.allocateDirect(size * encoding.encoding.values().width());
  }

  private static FloatBuffer floats(int size) {
    return ByteBuffer.allocateDirect(size * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  /** Float32 to container. */
  @Benchmark
  public byte[] encode() {
    return writer.write(List.of(tensor), encoding.encoding);
  }

  /** Container to float32, without checksums. */
  @Benchmark
  public FloatBuffer decode() {
    TensorContainer container = TensorContainer.openVerified(stored);
    container.readInto(container.entries().get(0), target.clear());
    return target;
  }

  /** Container to int8 or float16 as they are stored, without checksums; others fail. */
  @Benchmark
  public float[] readStored() {
    TensorContainer container = TensorContainer.openVerified(stored);
    return container.readStored(container.entries().get(0), narrow.clear());
  }

  /** The checksum over the container. */
  @Benchmark
  public long crc32c() {
    CRC32C crc = new CRC32C();
    crc.update(stored.duplicate());
    return crc.getValue();
  }
}
