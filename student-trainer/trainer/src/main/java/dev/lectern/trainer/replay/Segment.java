package dev.lectern.trainer.replay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One append-only file of the replay store: written through a channel, read through a mapping that
 * is made when the first record is read.
 *
 * <p>A file has its full, sparse size from the start; the records end where no valid record
 * follows. One thread of one process appends, any number read.
 */
final class Segment implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Segment.class);

  /** How exactly {@link #lastUsed} follows the reading. */
  private static final long TOUCH_MILLIS = 60_000;

  private static final int PIECE_BYTES = 1 << 20;

  private final Path file;
  private final int number;
  private final FileChannel channel;
  private final long capacity;
  private volatile MappedByteBuffer map;
  private volatile long touched;
  private volatile boolean usedHere;
  private long end;

  private Segment(Path file, int number, FileChannel channel, long capacity, long end) {
    this.file = file;
    this.number = number;
    this.channel = channel;
    this.capacity = capacity;
    this.end = end;
  }

  /** What {@link #scan} finds. */
  interface Visitor {
    void record(String viewId, Part part, byte[] fingerprint, long position, int length, int crc)
        throws IOException;
  }

  static String fileName(int number) {
    return String.format(Locale.ROOT, "segment-%06d.lrep", number);
  }

  /** Makes an empty file that appears at once in its full size. */
  static Segment create(Path folder, int number, long capacity) throws IOException {
    Path file = folder.resolve(fileName(number));
    Path unfinished = folder.resolve(fileName(number) + ".new");
    Files.deleteIfExists(unfinished);
    FileChannel channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      ByteBuffer header =
          ByteBuffer.allocate(SegmentFormat.FIRST_RECORD).order(ByteOrder.LITTLE_ENDIAN);
      header.putInt(SegmentFormat.MAGIC).putInt(SegmentFormat.VERSION).putLong(number).flip();
      write(channel, 0, header);
      write(channel, capacity - 1, ByteBuffer.allocate(1));
      if (Files.exists(file)) {
        throw new IOException(file + " exists already");
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      return new Segment(file, number, channel, capacity, SegmentFormat.FIRST_RECORD);
    } catch (IOException e) {
      channel.close();
      Files.deleteIfExists(unfinished);
      throw e;
    }
  }

  /**
   * Opens a file to read it.
   *
   * @throws CorruptStoreException if it is not segment {@code number}
   */
  static Segment read(Path folder, int number) throws IOException {
    return open(folder, number, 0, StandardOpenOption.READ);
  }

  /**
   * Opens the last file, which another process may have left in the middle of a record: {@link
   * #scan} must find its end.
   *
   * @param capacity size to bring it to, if it is smaller
   * @return null if not even the header is complete; the file is gone then
   * @throws CorruptStoreException if it is not segment {@code number}
   */
  static Segment continueWriting(Path folder, int number, long capacity) throws IOException {
    Path file = folder.resolve(fileName(number));
    if (Files.size(file) < SegmentFormat.FIRST_RECORD) {
      Files.delete(file);
      return null;
    }
    return open(folder, number, capacity, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static Segment open(Path folder, int number, long capacity, StandardOpenOption... options)
      throws IOException {
    Path file = folder.resolve(fileName(number));
    FileChannel channel = FileChannel.open(file, options);
    try {
      ByteBuffer header =
          ByteBuffer.allocate(SegmentFormat.FIRST_RECORD).order(ByteOrder.LITTLE_ENDIAN);
      if (!fill(channel, header, 0)
          || header.getInt(SegmentFormat.MAGIC_OFFSET) != SegmentFormat.MAGIC
          || header.getInt(SegmentFormat.VERSION_OFFSET) != SegmentFormat.VERSION
          || header.getLong(SegmentFormat.NUMBER_OFFSET) != number
          || channel.size() > Integer.MAX_VALUE) {
        throw new CorruptStoreException(
            file
                + ": not segment "
                + number
                + " of a replay store of version "
                + SegmentFormat.VERSION);
      }
      if (channel.size() < capacity) {
        write(channel, capacity - 1, ByteBuffer.allocate(1));
      }
      return new Segment(file, number, channel, channel.size(), channel.size());
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  int number() {
    return number;
  }

  /** Bytes of the file. */
  long capacity() {
    return capacity;
  }

  /** Whether this process has read or written a record here. */
  boolean isUsedHere() {
    return usedHere;
  }

  /**
   * When a process last read or wrote here, milliseconds since the epoch, give or take a minute.
   */
  long lastUsed() throws IOException {
    return Files.getLastModifiedTime(file).toMillis();
  }

  /** Visits the valid records from the start; what follows the last one is cut off and zeroed. */
  void scan(Visitor visitor) throws IOException {
    ByteBuffer in = view();
    long at = SegmentFormat.FIRST_RECORD;
    while (at + SegmentFormat.KEY < capacity) {
      int start = (int) at;
      int payloadBytes = in.getInt(start + SegmentFormat.PAYLOAD_BYTES);
      int keyBytes = Short.toUnsignedInt(in.getShort(start + SegmentFormat.KEY_BYTES));
      long bytes = SegmentFormat.recordBytes(keyBytes, Math.max(payloadBytes, 0));
      Part part = Part.ofCode(in.get(start + SegmentFormat.PART));
      if (payloadBytes <= 0
          || at + bytes > capacity
          || part == null
          || crc(in, start, keyBytes, payloadBytes) != in.getInt(start + SegmentFormat.CRC)) {
        break;
      }
      visit(in, 0, start, visitor);
      at += bytes;
    }
    end = at;
    cut();
  }

  /** Visits the records by their headers alone, which are not checked, without mapping the file. */
  void list(Visitor visitor) throws IOException {
    ByteBuffer header =
        ByteBuffer.allocate(SegmentFormat.KEY + SegmentFormat.MAX_KEY_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    long at = SegmentFormat.FIRST_RECORD;
    while (at + SegmentFormat.KEY < capacity) {
      fill(channel, header.clear().limit(SegmentFormat.KEY), at);
      int payloadBytes = header.getInt(SegmentFormat.PAYLOAD_BYTES);
      int keyBytes = Short.toUnsignedInt(header.getShort(SegmentFormat.KEY_BYTES));
      if (payloadBytes <= 0
          || Part.ofCode(header.get(SegmentFormat.PART)) == null
          || !fill(channel, header.limit(SegmentFormat.KEY + keyBytes), at + SegmentFormat.KEY)) {
        return;
      }
      visit(header, at, 0, visitor);
      at += SegmentFormat.recordBytes(keyBytes, payloadBytes);
    }
  }

  private static void visit(ByteBuffer in, long origin, int start, Visitor visitor)
      throws IOException {
    byte[] fingerprint = new byte[SegmentFormat.FINGERPRINT_BYTES];
    in.get(start + SegmentFormat.FINGERPRINT, fingerprint);
    visitor.record(
        key(in, start, Short.toUnsignedInt(in.getShort(start + SegmentFormat.KEY_BYTES))),
        Part.ofCode(in.get(start + SegmentFormat.PART)),
        fingerprint,
        origin + start,
        in.getInt(start + SegmentFormat.PAYLOAD_BYTES),
        in.getInt(start + SegmentFormat.CRC));
  }

  private void cut() throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(1 << 16);
    long from = end;
    // Only what a torn write could have left: the rest of a sparse file is zero already.
    while (from < capacity && !isZero(from, Math.min(zeros.capacity(), capacity - from))) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), capacity - from));
      write(channel, from, zeros);
      from += zeros.capacity();
    }
  }

  private boolean isZero(long from, long length) throws IOException {
    ByteBuffer in = view();
    for (long i = from; i < from + length; i++) {
      if (in.get((int) i) != 0) {
        return false;
      }
    }
    return true;
  }

  boolean hasRoomFor(int keyBytes, int payloadBytes) {
    return end + SegmentFormat.recordBytes(keyBytes, payloadBytes) <= capacity;
  }

  /**
   * Writes a record after the last one; the payload is not copied within this process.
   *
   * @return its checksum; it lies at what {@link #end} was before
   */
  int append(byte[] key, Part part, byte[] fingerprint, ByteBuffer payload) throws IOException {
    usedHere = true;
    int payloadBytes = payload.remaining();
    ByteBuffer head =
        ByteBuffer.allocate(SegmentFormat.KEY + key.length).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(SegmentFormat.PAYLOAD_BYTES, payloadBytes);
    head.put(SegmentFormat.PART, part.code());
    head.putShort(SegmentFormat.KEY_BYTES, (short) key.length);
    head.put(SegmentFormat.FINGERPRINT, fingerprint);
    head.put(SegmentFormat.KEY, key);
    CRC32C crc = new CRC32C();
    crc.update(head.duplicate().position(SegmentFormat.COVERED));
    crc.update(payload.duplicate());
    head.putInt(SegmentFormat.CRC, (int) crc.getValue());
    write(channel, end, head, payload.duplicate());
    end += SegmentFormat.recordBytes(key.length, payloadBytes);
    return (int) crc.getValue();
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
  ByteBuffer read(String viewId, long position, int length, int crc) throws IOException {
    touch();
    ByteBuffer in = view();
    byte[] key = viewId.getBytes(StandardCharsets.UTF_8);
    int start = (int) position;
    if (position < SegmentFormat.FIRST_RECORD
        || position + SegmentFormat.recordBytes(key.length, length) > capacity
        || in.getInt(start + SegmentFormat.PAYLOAD_BYTES) != length
        || in.getInt(start + SegmentFormat.CRC) != crc
        || Short.toUnsignedInt(in.getShort(start + SegmentFormat.KEY_BYTES)) != key.length
        || !key(in, start, key.length).equals(viewId)
        || crc(in, start, key.length, length) != crc) {
      return null;
    }
    return in.slice(start + SegmentFormat.KEY + key.length, length).asReadOnlyBuffer();
  }

  private void touch() {
    usedHere = true;
    long now = System.currentTimeMillis();
    if (now - touched > TOUCH_MILLIS) {
      touched = now;
      try {
        Files.setLastModifiedTime(file, FileTime.fromMillis(now));
      } catch (IOException e) {
        // Evicted by the writing process, or not ours to change: the records are there all the
        // same.
        LOG.debug("use of a segment could not be noted file={}", file, e);
      }
    }
  }

  void force() throws IOException {
    channel.force(false);
  }

  /** Deletes the file; what was read from it stays valid. */
  void delete() throws IOException {
    Files.delete(file);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private ByteBuffer view() throws IOException {
    MappedByteBuffer mapped = map;
    if (mapped == null) {
      synchronized (this) {
        if (map == null) {
          map = channel.map(FileChannel.MapMode.READ_ONLY, 0, capacity);
        }
        mapped = map;
      }
    }
    return mapped.duplicate().order(ByteOrder.LITTLE_ENDIAN);
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

  /** Reads until the buffer is full, and flips nothing. Whether the file has so many bytes. */
  private static boolean fill(FileChannel channel, ByteBuffer to, long from) throws IOException {
    long at = from;
    while (to.hasRemaining()) {
      int read = channel.read(to, at);
      if (read < 0) {
        return false;
      }
      at += read;
    }
    return true;
  }

  /** In pieces, since the channel copies each into memory outside the heap. */
  private static void write(FileChannel channel, long position, ByteBuffer... parts)
      throws IOException {
    long at = position;
    for (ByteBuffer part : parts) {
      int limit = part.limit();
      while (part.position() < limit) {
        part.limit(Math.min(limit, part.position() + PIECE_BYTES));
        at += channel.write(part, at);
      }
    }
  }
}
