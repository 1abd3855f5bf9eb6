package dev.lectern.schemas.tensor;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/**
 * A tensor container that is being read: its header is checked when it is opened, a tensor's block
 * when it is read.
 *
 * <p>Safe against hostile bytes: nothing is allocated that the size of the input does not justify.
 */
public final class TensorContainer {
  /**
   * A compressed block may grow by this factor at most; zstd's own limit is far beyond what real
   * tensors reach.
   */
  private static final int MAX_EXPANSION = 32_768;

  private final ByteBuffer bytes;
  private final List<Entry> entries;
  private final boolean verified;

  private TensorContainer(ByteBuffer bytes, List<Entry> entries, boolean verified) {
    this.bytes = bytes;
    this.entries = List.copyOf(entries);
    this.verified = verified;
  }

  /**
   * One tensor of the container.
   *
   * @param name e.g. {@code cls.0}
   * @param shape dimensions of the dense tensor
   * @param positions which positions of it are stored
   * @param encoding how it is stored
   * @param offset of its block in the container
   * @param positionBytes size of the list of positions, which begins the block
   * @param parameterBytes size of list and parameters in front of the values
   * @param rawBytes size of the values before compression
   * @param storedBytes size of its block
   * @param crc32c of its block
   */
  public record Entry(
      String name,
      int[] shape,
      Positions positions,
      TensorEncoding encoding,
      int offset,
      int positionBytes,
      int parameterBytes,
      int rawBytes,
      int storedBytes,
      int crc32c) {
    /** Number of stored values. */
    public int size() {
      return rawBytes / encoding.values().width;
    }

    /** Number of positions of the dense tensor (C, H, W): H * W. */
    public int cells() {
      int cells = 1;
      for (int i = 1; i < shape.length; i++) {
        cells *= shape[i];
      }
      return cells;
    }

    /** Number of stored positions, M. */
    public int storedCells() {
      return positions == Positions.DENSE ? cells() : size() / shape[0];
    }

    /** Dimensions of the values as stored: (C, M), or those of a dense tensor. */
    public int[] storedShape() {
      return positions == Positions.DENSE ? shape : new int[] {shape[0], storedCells()};
    }
  }

  /**
   * Checks the header.
   *
   * @param bytes from position to limit; not copied and not changed
   * @throws CorruptTensorException if these are not the bytes of a container
   * @throws UnsupportedTensorVersionException if a later version wrote them
   */
  public static TensorContainer open(ByteBuffer bytes) {
    return open(bytes, false);
  }

  /**
   * As {@link #open}, for bytes of which the caller has verified a checksum: those of the blocks
   * are not computed once more. Sizes and parameters are checked all the same.
   */
  public static TensorContainer openVerified(ByteBuffer bytes) {
    return open(bytes, true);
  }

  private static TensorContainer open(ByteBuffer bytes, boolean verified) {
    ByteBuffer in = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    int available = in.remaining();
    require(
        available >= TensorFormat.ENTRIES_OFFSET + TensorFormat.HEADER_CRC_BYTES,
        () -> "found " + available + " bytes, fewer than a header");
    require(
        in.getInt(TensorFormat.MAGIC_OFFSET) == TensorFormat.MAGIC,
        () -> "found no magic number 'LTEN'");
    int version = in.getShort(TensorFormat.VERSION_OFFSET) & 0xFFFF;
    if (version != TensorFormat.VERSION) {
      throw new UnsupportedTensorVersionException(
          "tensor container: found version "
              + version
              + ", this reader knows version "
              + TensorFormat.VERSION);
    }
    int headerBytes = in.getInt(TensorFormat.HEADER_BYTES_OFFSET);
    require(
        headerBytes >= TensorFormat.ENTRIES_OFFSET + TensorFormat.HEADER_CRC_BYTES
            && headerBytes <= available,
        () -> "found a header of " + headerBytes + " bytes in " + available);
    int crcAt = headerBytes - TensorFormat.HEADER_CRC_BYTES;
    int crc = crc(in, 0, crcAt);
    require(in.getInt(crcAt) == crc, () -> "header checksum differs");
    int count = in.getShort(TensorFormat.COUNT_OFFSET) & 0xFFFF;
    List<Entry> entries = new ArrayList<>();
    ByteBuffer header = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    header.position(TensorFormat.ENTRIES_OFFSET).limit(crcAt);
    long offset = headerBytes;
    try {
      for (int i = 0; i < count; i++) {
        Entry entry = entry(header, offset);
        entries.add(entry);
        offset += entry.storedBytes();
      }
    } catch (BufferUnderflowException e) {
      throw new CorruptTensorException(
          "tensor container: header ends inside entry " + entries.size() + " of " + count);
    }
    require(
        !header.hasRemaining(),
        () -> "found " + header.remaining() + " bytes after the last header entry");
    long end = offset;
    require(end == available, () -> "found " + available + " bytes, expected " + end);
    return new TensorContainer(in, entries, verified);
  }

  private static Entry entry(ByteBuffer header, long offset) {
    byte[] name = new byte[Math.min(header.getShort() & 0xFFFF, header.remaining())];
    header.get(name);
    String text = new String(name, StandardCharsets.UTF_8);
    String where = "tensor " + text;
    Values values = Values.of(header.get(), where);
    Positions positions = Positions.of(header.get(), where);
    Filter filter = Filter.of(header.get(), where);
    require(
        TensorEncoding.suits(values, filter), () -> where + ": found " + filter + " of " + values);
    Compression compression = Compression.of(header.get(), where);
    int rank = header.get();
    require(rank >= 1 && rank <= TensorFormat.MAX_RANK, () -> where + ": found rank " + rank);
    int[] shape = new int[rank];
    long size = 1;
    for (int i = 0; i < rank; i++) {
      int dimension = header.getInt();
      require(
          dimension >= 0 && dimension <= TensorFormat.MAX_VALUES,
          () -> where + ": found dimension " + dimension);
      shape[i] = dimension;
      size *= dimension;
      require(
          size <= TensorFormat.MAX_VALUES,
          () -> where + ": shape " + Arrays.toString(shape) + " is too large");
    }
    long all = size * values.width;
    int parameterBytes = header.getInt();
    int positionBytes = parameterBytes - values.parameterBytes(shape);
    int rawBytes = header.getInt();
    if (positions == Positions.DENSE) {
      require(
          positionBytes == 0,
          () ->
              where
                  + ": found "
                  + parameterBytes
                  + " parameter bytes, expected "
                  + (parameterBytes - positionBytes));
      require(
          rawBytes == all, () -> where + ": found " + rawBytes + " value bytes, expected " + all);
    } else {
      require(
          rank > 1 && shape[0] > 0, () -> where + ": found positions of " + Arrays.toString(shape));
      int column = Math.multiplyExact(shape[0], values.width);
      require(
          rawBytes >= 0 && rawBytes % column == 0 && rawBytes <= all,
          () -> where + ": found " + rawBytes + " value bytes for columns of " + column);
      require(
          positionBytes >= rawBytes / column,
          () -> where + ": found " + parameterBytes + " bytes of positions and parameters");
    }
    int storedBytes = header.getInt();
    require(
        storedBytes >= 0 && offset + storedBytes <= Integer.MAX_VALUE,
        () -> where + ": found block size " + storedBytes);
    require(
        compression == Compression.NONE
            ? storedBytes == (long) parameterBytes + rawBytes
            : rawBytes <= ((long) storedBytes - parameterBytes) * MAX_EXPANSION,
        () -> where + ": found " + storedBytes + " stored bytes for " + rawBytes + " value bytes");
    return new Entry(
        text,
        shape,
        positions,
        new TensorEncoding(values, filter, compression),
        (int) offset,
        positionBytes,
        parameterBytes,
        rawBytes,
        storedBytes,
        header.getInt());
  }

  /** All tensors, in the order of writing. */
  public List<Entry> entries() {
    return entries;
  }

  /** The tensor of a name, or null. */
  public Entry find(String name) {
    for (Entry entry : entries) {
      if (entry.name().equals(name)) {
        return entry;
      }
    }
    return null;
  }

  /** Checks and decodes every tensor into new arrays. */
  public List<Tensor> readAll() {
    List<Tensor> tensors = new ArrayList<>();
    for (Entry entry : entries) {
      tensors.add(read(entry));
    }
    return tensors;
  }

  /**
   * Checks and decodes one tensor into a new array.
   *
   * @return of {@link Entry#storedShape()}: a tensor that is not dense has a column for each stored
   *     position
   */
  public Tensor read(Entry entry) {
    FloatBuffer values = FloatBuffer.allocate(entry.size());
    readInto(entry, values);
    return new Tensor(entry.name(), entry.storedShape(), values.flip());
  }

  /**
   * Checks and decodes the positions of a tensor that is not dense.
   *
   * @return (M) ascending indices h * W + w
   * @throws CorruptTensorException if the block's checksum or the list is wrong
   */
  public int[] positions(Entry entry) {
    if (entry.positions() == Positions.DENSE) {
      throw new IllegalArgumentException("tensor " + entry.name() + " holds every position");
    }
    verify(entry);
    return PositionList.read(
        bytes.slice(entry.offset(), entry.positionBytes()),
        entry.storedCells(),
        entry.cells(),
        entry.name());
  }

  /**
   * Checks and decodes one tensor to {@code target}'s position, which moves past it: the numbers of
   * {@link Entry#storedShape()}.
   *
   * @throws CorruptTensorException if the block's checksum, its decompressed size or a parameter is
   *     wrong
   */
  public void readInto(Entry entry, FloatBuffer target) {
    verify(entry);
    BlockReader.ofThread().read(bytes, entry, target);
  }

  /**
   * Checks one tensor and undoes its filter and compression; its numbers stay as they are stored,
   * for a reader that widens them elsewhere.
   *
   * @param entry of {@link Values#INT8}: one byte a number, a step from 0 to 255; or of {@link
   *     Values#FLOAT16}: two bytes, little-endian
   * @param target takes the bytes at its position, which moves past them; outside the heap
   * @return (C, 2) with {@link Values#INT8}: a number is minimum + step * scale of its channel, two
   *     float32 operations; else empty
   * @throws CorruptTensorException if the block's checksum, its decompressed size or a parameter is
   *     wrong
   */
  public float[] readStored(Entry entry, ByteBuffer target) {
    if (!entry.encoding().values().isNarrow()) {
      throw new IllegalArgumentException(
          "tensor " + entry.name() + ": " + entry.encoding().values() + " has no narrow form");
    }
    verify(entry);
    return BlockReader.ofThread().readStored(bytes, entry, target);
  }

  private void verify(Entry entry) {
    if (!verified) {
      require(
          crc(bytes, entry.offset(), entry.storedBytes()) == entry.crc32c(),
          () -> "tensor " + entry.name() + ": block checksum differs");
    }
  }

  private static int crc(ByteBuffer bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().position(offset).limit(offset + length));
    return (int) crc.getValue();
  }

  private static void require(boolean condition, Supplier<String> message) {
    if (!condition) {
      throw new CorruptTensorException("tensor container: " + message.get());
    }
  }
}
