package dev.lectern.schemas.tensor;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Reads blocks one after the other. Holds scratch space that grows to the largest block seen: one
 * per thread.
 *
 * <p>Everything happens in memory outside the heap: a block that lies there goes into such a target
 * without a copy, and the loops see one kind of buffer only, which is what lets the compiler make
 * them fast.
 */
final class BlockReader {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final ThreadLocal<BlockReader> OF_THREAD =
      ThreadLocal.withInitial(BlockReader::new);
  private static final ByteBuffer EMPTY = ByteBuffer.allocateDirect(0);

  private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
  private ByteBuffer block = EMPTY;
  private ByteBuffer filtered = EMPTY;
  private ByteBuffer numbers = EMPTY;

  private BlockReader() {
    CLEANER.register(this, zstd::close);
  }

  static BlockReader ofThread() {
    return OF_THREAD.get();
  }

  /**
   * Decodes one tensor to {@code target}'s position, which moves past it.
   *
   * @param container whole container
   * @throws CorruptTensorException if the decompressed size or a parameter is wrong
   */
  void read(ByteBuffer container, TensorContainer.Entry entry, FloatBuffer target) {
    boolean reachable = target.isDirect() && target.order() == ByteOrder.nativeOrder();
    FloatBuffer to = reachable ? target : numbers(entry.size());
    int from = to.position();
    decode(container.slice(entry.offset(), entry.storedBytes()), entry, to);
    if (reachable) {
      target.position(from + entry.size());
    } else {
      target.put(to);
    }
  }

  private void decode(ByteBuffer stored, TensorContainer.Entry entry, FloatBuffer to) {
    ByteBuffer bytes = stored;
    if (!stored.isDirect()) {
      block = atLeast(block, entry.storedBytes());
      bytes = block.clear().put(stored).flip();
    }
    ByteBuffer parameters =
        bytes.slice(entry.positionBytes(), entry.parameterBytes() - entry.positionBytes());
    ByteBuffer values =
        bytes.slice(entry.parameterBytes(), entry.storedBytes() - entry.parameterBytes());
    if (entry.encoding().compression() == Compression.ZSTD) {
      filtered = atLeast(filtered, entry.rawBytes());
      decompress(entry, values);
      values = filtered;
    } else if (entry.encoding().filter() == Filter.VERTICAL_DELTA) {
      filtered = atLeast(filtered, entry.rawBytes());
      values = filtered.clear().put(values).flip();
    }
    ValueDecoder.decode(
        entry,
        parameters.order(ByteOrder.LITTLE_ENDIAN),
        values.order(ByteOrder.LITTLE_ENDIAN),
        to);
  }

  private void decompress(TensorContainer.Entry entry, ByteBuffer from) {
    int size;
    try {
      size =
          zstd.decompressDirectByteBuffer(
              filtered.clear(), 0, entry.rawBytes(), from, 0, from.remaining());
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

  private FloatBuffer numbers(int size) {
    numbers = atLeast(numbers, Math.multiplyExact(size, Float.BYTES));
    return numbers.clear().order(ByteOrder.nativeOrder()).asFloatBuffer().limit(size);
  }

  private static ByteBuffer atLeast(ByteBuffer scratch, int size) {
    return scratch.capacity() >= size ? scratch : ByteBuffer.allocateDirect(size);
  }
}
