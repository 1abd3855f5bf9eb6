package dev.lectern.schemas.tensor;

import com.github.luben.zstd.Zstd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes tensor containers. Holds scratch space that grows to the largest tensor seen: use one per
 * thread.
 *
 * <p>The same tensors and encoding give the same bytes.
 */
public final class TensorWriter {
  private byte[] raw = new byte[0];
  private byte[] filtered = new byte[0];
  private byte[] stored = new byte[0];

  /**
   * Encodes tensors into one container.
   *
   * @return a new array of exactly the container's size
   * @throws UnstorableValueException if a value is NaN or infinite, or too large for float16
   */
  public byte[] write(List<Tensor> tensors, TensorEncoding encoding) {
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
    byte[] out = new byte[headerBytes + bound(tensors, encoding)];
    ByteBuffer header = ByteBuffer.wrap(out, 0, headerBytes).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(TensorFormat.MAGIC);
    header.putShort((short) TensorFormat.VERSION);
    header.putShort((short) tensors.size());
    header.putInt(headerBytes);
    int end = headerBytes;
    for (int i = 0; i < names.length; i++) {
      Tensor tensor = tensors.get(i);
      int rawBytes = toBytes(tensor, encoding.values());
      int storedBytes = store(rawBytes, encoding);
      System.arraycopy(stored, 0, out, end, storedBytes);
      header.putShort((short) names[i].length).put(names[i]);
      header.put((byte) encoding.values().code).put((byte) TensorFormat.POSITIONS_DENSE);
      header.put((byte) encoding.filter().code).put((byte) encoding.compression().code);
      header.put((byte) tensor.shape().length);
      for (int dimension : tensor.shape()) {
        header.putInt(dimension);
      }
      header.putInt(0).putInt(rawBytes).putInt(storedBytes).putInt(crc(out, end, storedBytes));
      end += storedBytes;
    }
    header.putInt(crc(out, 0, headerBytes - TensorFormat.HEADER_CRC_BYTES));
    return end == out.length ? out : Arrays.copyOf(out, end);
  }

  private static int entryBytes(byte[] name, int rank) {
    return Short.BYTES + name.length + 5 + rank * Integer.BYTES + 4 * Integer.BYTES;
  }

  private static int bound(List<Tensor> tensors, TensorEncoding encoding) {
    long bound = 0;
    for (Tensor tensor : tensors) {
      long rawBytes = (long) tensor.values().remaining() * encoding.values().width;
      bound += encoding.compression() == Compression.ZSTD ? Zstd.compressBound(rawBytes) : rawBytes;
    }
    return Math.toIntExact(bound);
  }

  private int toBytes(Tensor tensor, Values encoding) {
    FloatBuffer values = tensor.values();
    int n = values.remaining();
    raw = atLeast(raw, n * encoding.width);
    ByteBuffer out = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      float value = values.get(i);
      if (!Float.isFinite(value)) {
        throw new UnstorableValueException(
            "tensor "
                + tensor.name()
                + " value "
                + i
                + ": found "
                + value
                + ", expected a finite number");
      }
      if (encoding == Values.FLOAT32) {
        out.putFloat(i * Float.BYTES, value);
      } else {
        if (Half.overflows(value)) {
          throw new UnstorableValueException(
              "tensor "
                  + tensor.name()
                  + " value "
                  + i
                  + ": found "
                  + value
                  + ", float16 ends at "
                  + Half.MAX
                  + "; use float32");
        }
        out.putShort(i * Short.BYTES, Half.encode(value));
      }
    }
    return n * encoding.width;
  }

  private int store(int rawBytes, TensorEncoding encoding) {
    byte[] source = raw;
    if (encoding.filter() == Filter.SHUFFLE) {
      filtered = atLeast(filtered, rawBytes);
      Shuffle.apply(raw, filtered, rawBytes, encoding.values().width);
      source = filtered;
    }
    if (encoding.compression() == Compression.NONE) {
      stored = source;
      return rawBytes;
    }
    int bound = Math.toIntExact(Zstd.compressBound(rawBytes));
    if (stored.length < bound || stored == raw || stored == filtered) {
      stored = new byte[bound];
    }
    long size =
        Zstd.compressByteArray(
            stored, 0, stored.length, source, 0, rawBytes, TensorFormat.ZSTD_LEVEL);
    if (Zstd.isError(size)) {
      throw new IllegalStateException("zstd: " + Zstd.getErrorName(size));
    }
    return Math.toIntExact(size);
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
