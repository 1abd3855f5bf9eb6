package dev.lectern.schemas.tensor;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.zip.CRC32C;

/**
 * Reads blocks one after the other. Holds scratch space that grows to the largest block seen: one
 * per thread.
 */
final class BlockReader {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final ThreadLocal<BlockReader> OF_THREAD =
      ThreadLocal.withInitial(BlockReader::new);

  private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
  private final ValueDecoder decoder = new ValueDecoder();
  private byte[] block = new byte[0];
  private byte[] filtered = new byte[0];

  private BlockReader() {
    CLEANER.register(this, zstd::close);
  }

  static BlockReader ofThread() {
    return OF_THREAD.get();
  }

  /**
   * Checks and decodes one tensor to {@code target}'s position, which moves past it.
   *
   * @param container whole container
   * @throws CorruptTensorException if the checksum, the decompressed size or a parameter is wrong
   */
  void read(ByteBuffer container, TensorContainer.Entry entry, FloatBuffer target) {
    ByteBuffer stored = container.slice(entry.offset(), entry.storedBytes());
    CRC32C crc = new CRC32C();
    crc.update(stored.duplicate());
    if ((int) crc.getValue() != entry.crc32c()) {
      throw new CorruptTensorException(
          "tensor container: tensor " + entry.name() + ": block checksum differs");
    }
    byte[] bytes;
    int at;
    boolean compressed = entry.encoding().compression() == Compression.ZSTD;
    boolean inPlace = !compressed && entry.encoding().filter() == Filter.VERTICAL_DELTA;
    if (stored.hasArray() && !inPlace) {
      bytes = stored.array();
      at = stored.arrayOffset();
    } else {
      block = atLeast(block, entry.storedBytes());
      stored.get(0, block, 0, entry.storedBytes());
      bytes = block;
      at = 0;
    }
    ByteBuffer parameters =
        ByteBuffer.wrap(bytes, at, entry.parameterBytes()).order(ByteOrder.LITTLE_ENDIAN);
    at += entry.parameterBytes();
    if (compressed) {
      filtered = atLeast(filtered, entry.rawBytes());
      decompress(entry, bytes, at);
      bytes = filtered;
      at = 0;
    }
    decoder.decode(entry, parameters, bytes, at, target);
  }

  private void decompress(TensorContainer.Entry entry, byte[] from, int at) {
    int size;
    try {
      size =
          zstd.decompressByteArray(
              filtered,
              0,
              entry.rawBytes(),
              from,
              at,
              entry.storedBytes() - entry.parameterBytes());
    } catch (ZstdException e) {
      throw new CorruptTensorException(
          "tensor container: tensor "
              + entry.name()
              + ": block does not decompress: "
              + e.getMessage());
    } finally {
      Reference.reachabilityFence(this);
    }
    if (size != entry.rawBytes()) {
      throw new CorruptTensorException(
          "tensor container: tensor "
              + entry.name()
              + ": block decompresses to "
              + size
              + " bytes, expected "
              + entry.rawBytes());
    }
  }

  private static byte[] atLeast(byte[] scratch, int size) {
    return scratch.length >= size ? scratch : new byte[size];
  }
}
