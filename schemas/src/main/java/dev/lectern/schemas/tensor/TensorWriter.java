package dev.lectern.schemas.tensor;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes tensor containers. Holds scratch space that grows to the largest container seen: use one
 * per thread.
 *
 * <p>The same tensors and encoding give the same bytes. A tensor that compression would not make an
 * eighth smaller is written plain, without filter and compression: reading it back is several times
 * as fast.
 */
public final class TensorWriter {
  private static final Cleaner CLEANER = Cleaner.create();

  private final ZstdCompressCtx zstd;
  private final ValueEncoder encoder = new ValueEncoder();
  private byte[] filtered = new byte[0];
  private byte[] out = new byte[0];

  public TensorWriter() {
    this(TensorFormat.ZSTD_LEVEL);
  }

  /** Compresses by another level, which readers need not know. */
  TensorWriter(int zstdLevel) {
    this.zstd = new ZstdCompressCtx().setLevel(zstdLevel);
    CLEANER.register(this, zstd::close);
  }

  /** As {@link #write(List, TensorEncoding, StoredPositions)}, with every position. */
  public byte[] write(List<Tensor> tensors, TensorEncoding encoding) {
    return write(tensors, encoding, StoredPositions.DENSE);
  }

  /**
   * Encodes tensors into one container.
   *
   * @param tensors dense
   * @param positions which of their positions to keep; values elsewhere must be finite all the same
   * @return a new array of exactly the container's size
   * @throws UnstorableValueException if a value is NaN or infinite, or too large for the encoding
   */
  public byte[] write(List<Tensor> tensors, TensorEncoding encoding, StoredPositions positions) {
    List<StoredTensor> stored = StoredTensor.of(tensors, positions);
    byte[][] names = new byte[tensors.size()][];
    int headerBytes = TensorFormat.ENTRIES_OFFSET + TensorFormat.HEADER_CRC_BYTES;
    for (int i = 0; i < names.length; i++) {
      names[i] = tensors.get(i).name().getBytes(StandardCharsets.UTF_8);
      if (names[i].length == 0 || names[i].length > TensorFormat.MAX_NAME_BYTES) {
        throw new IllegalArgumentException(
            "tensor name '" + tensors.get(i).name() + "': expected 1 to 255 bytes");
      }
      headerBytes += entryBytes(names[i], tensors.get(i).shape().length);
    }
    out = atLeast(out, Math.addExact(headerBytes, bound(stored, encoding)));
    ByteBuffer header = ByteBuffer.wrap(out, 0, headerBytes).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(TensorFormat.MAGIC);
    header.putShort((short) TensorFormat.VERSION);
    header.putShort((short) tensors.size());
    header.putInt(headerBytes);
    int end = headerBytes;
    for (int i = 0; i < names.length; i++) {
      Tensor tensor = tensors.get(i);
      Tensor values = stored.get(i).values();
      byte[] list = stored.get(i).positions();
      System.arraycopy(list, 0, out, end, list.length);
      int parameterBytes = encoding.values().parameterBytes(values.shape());
      int rawBytes = values.values().remaining() * encoding.values().width;
      int begin = end + list.length;
      TensorEncoding used = encoding;
      int valueBytes = values(values, encoding, begin, parameterBytes, rawBytes);
      if (encoding.compression() != Compression.NONE && !pays(valueBytes, rawBytes)) {
        used = encoding.plain();
        valueBytes = rawBytes;
        encoder.unfilter(values, encoding, filtered, rawBytes, out, begin + parameterBytes);
      }
      int storedBytes = list.length + parameterBytes + valueBytes;
      header.putShort((short) names[i].length).put(names[i]);
      header.put((byte) used.values().code).put((byte) positions.set().code);
      header.put((byte) used.filter().code).put((byte) used.compression().code);
      header.put((byte) tensor.shape().length);
      for (int dimension : tensor.shape()) {
        header.putInt(dimension);
      }
      header.putInt(list.length + parameterBytes).putInt(rawBytes);
      header.putInt(storedBytes).putInt(crc(out, end, storedBytes));
      end += storedBytes;
    }
    header.putInt(crc(out, 0, headerBytes - TensorFormat.HEADER_CRC_BYTES));
    return Arrays.copyOf(out, end);
  }

  private static int entryBytes(byte[] name, int rank) {
    return Short.BYTES + name.length + 5 + rank * Integer.BYTES + 4 * Integer.BYTES;
  }

  private static int bound(List<StoredTensor> tensors, TensorEncoding encoding) {
    long bound = 0;
    for (StoredTensor tensor : tensors) {
      Tensor values = tensor.values();
      long rawBytes = (long) values.values().remaining() * encoding.values().width;
      bound += tensor.positions().length + encoding.values().parameterBytes(values.shape());
      bound += encoding.compression() == Compression.ZSTD ? Zstd.compressBound(rawBytes) : rawBytes;
    }
    return Math.toIntExact(bound);
  }

  /** Whether what compression saves is worth undoing it: an eighth. */
  private static boolean pays(int valueBytes, int rawBytes) {
    return valueBytes <= rawBytes - rawBytes / TensorFormat.LEAST_SAVING;
  }

  /** Writes parameters and values to {@link #out} and returns the size of the latter. */
  private int values(
      Tensor tensor, TensorEncoding encoding, int begin, int parameterBytes, int rawBytes) {
    ByteBuffer parameters =
        ByteBuffer.wrap(out, begin, parameterBytes).order(ByteOrder.LITTLE_ENDIAN);
    int at = begin + parameterBytes;
    if (encoding.compression() == Compression.NONE) {
      encoder.encode(tensor, encoding, parameters, out, at);
      return rawBytes;
    }
    filtered = atLeast(filtered, rawBytes);
    encoder.encode(tensor, encoding, parameters, filtered, 0);
    try {
      return zstd.compressByteArray(out, at, out.length - at, filtered, 0, rawBytes);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private static byte[] atLeast(byte[] scratch, int size) {
    return scratch.length >= size ? scratch : new byte[size];
  }

  static int crc(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }
}
