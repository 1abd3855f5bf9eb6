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
  private final ValueDecoder decoder = new ValueDecoder();
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
    decode(container, entry, to);
    if (reachable) {
      target.position(from + entry.size());
    } else {
      target.put(to);
    }
  }

  /**
   * Undoes compression and filter of one tensor and leaves its numbers as they are stored.
   *
   * @param container whole container
   * @param entry of {@link Values#INT8} or {@link Values#FLOAT16}
   * @param target takes the numbers at its position, which moves past them; outside the heap
   * @return minimum and scale of each channel of {@link Values#INT8}
   */
  float[] readStored(ByteBuffer container, TensorContainer.Entry entry, ByteBuffer target) {
    Block stored = block(container, entry);
    ByteBuffer to = target.slice(target.position(), entry.rawBytes());
    if (entry.encoding().filter() == Filter.SHUFFLE) {
      decoder.unshuffle16(expanded(entry, stored), entry.size(), to);
    } else {
      expand(entry, stored.values(), to);
    }
    if (entry.encoding().filter() == Filter.VERTICAL_DELTA) {
      VerticalDelta.undo(to, entry.size(), AffineScale.row(entry.storedShape()));
    }
    target.position(target.position() + entry.rawBytes());
    return entry.encoding().values() == Values.INT8
        ? AffineScale.read(entry, stored.parameters())
        : new float[0];
  }

  private void decode(ByteBuffer container, TensorContainer.Entry entry, FloatBuffer to) {
    Block stored = block(container, entry);
    boolean changed = entry.encoding().filter() == Filter.VERTICAL_DELTA;
    boolean asIs = entry.encoding().compression() == Compression.NONE && !changed;
    ByteBuffer values = asIs ? stored.values() : expanded(entry, stored);
    decoder.decode(entry, stored.parameters(), values.order(ByteOrder.LITTLE_ENDIAN), to);
  }

  /**
   * The parts of a stored tensor, outside the heap.
   *
   * @param parameters little-endian
   * @param values filtered and compressed
   */
  private record Block(ByteBuffer parameters, ByteBuffer values) {}

  private Block block(ByteBuffer container, TensorContainer.Entry entry) {
    ByteBuffer bytes = container.slice(entry.offset(), entry.storedBytes());
    if (!bytes.isDirect()) {
      block = atLeast(block, entry.storedBytes());
      bytes = block.clear().put(bytes).flip();
    }
    int begin = entry.parameterBytes();
    return new Block(
        bytes
            .slice(entry.positionBytes(), begin - entry.positionBytes())
            .order(ByteOrder.LITTLE_ENDIAN),
        bytes.slice(begin, entry.storedBytes() - begin));
  }

  /** The filtered values in memory of this reader's own. */
  private ByteBuffer expanded(TensorContainer.Entry entry, Block stored) {
    filtered = atLeast(filtered, entry.rawBytes());
    expand(entry, stored.values(), filtered.clear());
    return filtered;
  }

  /** Undoes the compression; {@code to} takes the filtered values at its first byte. */
  private void expand(TensorContainer.Entry entry, ByteBuffer values, ByteBuffer to) {
    if (entry.encoding().compression() == Compression.ZSTD) {
      decompress(entry, values, to);
    } else {
      to.put(0, values, 0, entry.rawBytes());
    }
  }

  private void decompress(TensorContainer.Entry entry, ByteBuffer from, ByteBuffer to) {
    int size;
    try {
      size = zstd.decompressDirectByteBuffer(to, 0, entry.rawBytes(), from, 0, from.remaining());
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
