package dev.lectern.trainer.replay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * One append-only file of the replay store: written through a channel, read through a mapping.
 *
 * <p>A file has its full, sparse size from the start; the records end where no valid record
 * follows. One thread appends, any number read.
 */
final class Segment implements AutoCloseable {
  private final int number;
  private final FileChannel channel;
  private final MappedByteBuffer map;
  private long end;

  private Segment(int number, FileChannel channel, MappedByteBuffer map, long end) {
    this.number = number;
    this.channel = channel;
    this.map = map;
    this.end = end;
  }

  /** What {@link #scan} finds. */
  interface Visitor {
    void record(String viewId, Part part, byte[] fingerprint, long position, int length, int crc);
  }

  static String fileName(int number) {
    return String.format(Locale.ROOT, "segment-%06d.lrep", number);
  }

  static Segment create(Path folder, int number, long capacity) throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve(fileName(number)),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    ByteBuffer header =
        ByteBuffer.allocate(SegmentFormat.FIRST_RECORD).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(SegmentFormat.MAGIC).putInt(SegmentFormat.VERSION).putLong(number).flip();
    writeFully(channel, header, 0);
    MappedByteBuffer map = channel.map(FileChannel.MapMode.READ_WRITE, 0, capacity);
    return new Segment(number, channel, map, SegmentFormat.FIRST_RECORD);
  }

  /**
   * Opens a file that another process may have left in the middle of a record.
   *
   * @return null if not even the header is complete; the file is gone then
   */
  static Segment open(Path folder, int number) throws IOException {
    Path file = folder.resolve(fileName(number));
    if (Files.size(file) < SegmentFormat.FIRST_RECORD) {
      Files.delete(file);
      return null;
    }
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    long size = channel.size();
    MappedByteBuffer map = channel.map(FileChannel.MapMode.READ_WRITE, 0, size);
    ByteBuffer header = map.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (header.getInt(SegmentFormat.MAGIC_OFFSET) != SegmentFormat.MAGIC
        || header.getInt(SegmentFormat.VERSION_OFFSET) != SegmentFormat.VERSION
        || header.getLong(SegmentFormat.NUMBER_OFFSET) != number) {
      channel.close();
      throw new CorruptStoreException(
          file
              + ": not segment "
              + number
              + " of a replay store of version "
              + SegmentFormat.VERSION);
    }
    return new Segment(number, channel, map, size);
  }

  int number() {
    return number;
  }

  /** Visits the valid records from the start; what follows the last one is cut off and zeroed. */
  void scan(Visitor visitor) throws IOException {
    ByteBuffer in = view();
    long at = SegmentFormat.FIRST_RECORD;
    while (at + SegmentFormat.KEY < in.capacity()) {
      int start = (int) at;
      int payloadBytes = in.getInt(start + SegmentFormat.PAYLOAD_BYTES);
      int keyBytes = Short.toUnsignedInt(in.getShort(start + SegmentFormat.KEY_BYTES));
      long bytes = SegmentFormat.recordBytes(keyBytes, Math.max(payloadBytes, 0));
      Part part = Part.ofCode(in.get(start + SegmentFormat.PART));
      if (payloadBytes <= 0
          || at + bytes > in.capacity()
          || part == null
          || crc(in, start, keyBytes, payloadBytes) != in.getInt(start + SegmentFormat.CRC)) {
        break;
      }
      byte[] fingerprint = new byte[SegmentFormat.FINGERPRINT_BYTES];
      in.get(start + SegmentFormat.FINGERPRINT, fingerprint);
      visitor.record(
          key(in, start, keyBytes),
          part,
          fingerprint,
          at,
          payloadBytes,
          in.getInt(start + SegmentFormat.CRC));
      at += bytes;
    }
    end = at;
    cut(in.capacity());
  }

  private void cut(int capacity) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(1 << 16);
    long from = end;
    // Only what a torn write could have left: the rest of a sparse file is zero already.
    while (from < capacity && !isZero(from, Math.min(zeros.capacity(), capacity - from))) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), capacity - from));
      writeFully(channel, zeros, from);
      from += zeros.capacity();
    }
  }

  private boolean isZero(long from, long length) {
    ByteBuffer in = view();
    for (long i = from; i < from + length; i++) {
      if (in.get((int) i) != 0) {
        return false;
      }
    }
    return true;
  }

  boolean hasRoomFor(int keyBytes, int payloadBytes) {
    return end + SegmentFormat.recordBytes(keyBytes, payloadBytes) <= map.capacity();
  }

  /**
   * Writes a record behind the last one.
   *
   * @return its checksum; it lies at what {@link #end} was before
   */
  int append(byte[] key, Part part, byte[] fingerprint, ByteBuffer payload) throws IOException {
    int payloadBytes = payload.remaining();
    ByteBuffer record =
        ByteBuffer.allocate((int) SegmentFormat.recordBytes(key.length, payloadBytes))
            .order(ByteOrder.LITTLE_ENDIAN);
    record.putInt(SegmentFormat.PAYLOAD_BYTES, payloadBytes);
    record.put(SegmentFormat.PART, part.code);
    record.putShort(SegmentFormat.KEY_BYTES, (short) key.length);
    record.put(SegmentFormat.FINGERPRINT, fingerprint);
    record.put(SegmentFormat.KEY, key);
    record.position(SegmentFormat.KEY + key.length).put(payload.duplicate());
    int crc = crc(record, 0, key.length, payloadBytes);
    record.putInt(SegmentFormat.CRC, crc);
    writeFully(channel, record.rewind(), end);
    end += record.capacity();
    return crc;
  }

  /** Where the next record will lie. */
  long end() {
    return end;
  }

  /**
   * The payload of a record, not copied.
   *
   * @return null if the bytes there are not the record that the index means
   */
  ByteBuffer read(String viewId, long position, int length, int crc) {
    ByteBuffer in = view();
    byte[] key = viewId.getBytes(StandardCharsets.UTF_8);
    int start = (int) position;
    if (position < SegmentFormat.FIRST_RECORD
        || position + SegmentFormat.recordBytes(key.length, length) > in.capacity()
        || in.getInt(start + SegmentFormat.PAYLOAD_BYTES) != length
        || in.getInt(start + SegmentFormat.CRC) != crc
        || Short.toUnsignedInt(in.getShort(start + SegmentFormat.KEY_BYTES)) != key.length
        || !key(in, start, key.length).equals(viewId)
        || crc(in, start, key.length, length) != crc) {
      return null;
    }
    return in.slice(start + SegmentFormat.KEY + key.length, length).asReadOnlyBuffer();
  }

  void force() throws IOException {
    channel.force(false);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private ByteBuffer view() {
    return map.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String key(ByteBuffer in, int start, int keyBytes) {
    byte[] key = new byte[keyBytes];
    in.get(start + SegmentFormat.KEY, key);
    return new String(key, StandardCharsets.UTF_8);
  }

  private static int crc(ByteBuffer in, int start, int keyBytes, int payloadBytes) {
    CRC32C crc = new CRC32C();
    crc.update(
        in.duplicate()
            .limit(start + SegmentFormat.KEY + keyBytes + payloadBytes)
            .position(start + SegmentFormat.COVERED));
    return (int) crc.getValue();
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes, long position)
      throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }
}
