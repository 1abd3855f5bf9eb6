package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.rocksdb.CompressionType;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a trainer keeps on its own disk of the recordings it reads: payloads in append-only,
 * memory-mapped segment files, and in RocksDB where each lies.
 *
 * <p>A cache: it may be deleted at any time, and whatever it lacks comes from the log again. A
 * process may be killed at any point; the next one cuts off a torn record. Several recordings can
 * share a store, since what is held is known by content (the fingerprint), not by the recording's
 * name. One process at a time; thread-safe within it.
 */
public final class ReplayStore implements AutoCloseable {
  /** Size of a segment file unless told otherwise. */
  public static final long DEFAULT_SEGMENT_BYTES = 256L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(ReplayStore.class);
  private static final int INDEX_VALUE_BYTES =
      Integer.BYTES + Long.BYTES + Integer.BYTES + Integer.BYTES;

  static {
    RocksDB.loadLibrary();
  }

  private final Path folder;
  private final long segmentBytes;
  private final FileChannel lock;
  private final Options options;
  private final RocksDB index;
  private final ConcurrentSkipListMap<Integer, Segment> segments = new ConcurrentSkipListMap<>();
  private boolean closed;

  private ReplayStore(
      Path folder, long segmentBytes, FileChannel lock, Options options, RocksDB index) {
    this.folder = folder;
    this.segmentBytes = segmentBytes;
    this.lock = lock;
    this.options = options;
    this.index = index;
  }

  /**
   * Opens a store, or makes an empty one.
   *
   * @param segmentBytes size of new segment files, less than 2 GB
   * @throws UserMistakeException if another process uses it or the folder cannot be written
   * @throws CorruptStoreException if the files there are not a replay store's
   */
  public static ReplayStore open(Path folder, long segmentBytes) {
    if (segmentBytes < SegmentFormat.FIRST_RECORD || segmentBytes > Integer.MAX_VALUE - 8) {
      throw new UserMistakeException(
          "replay.segment-bytes: found " + segmentBytes + ", expected less than 2147483640");
    }
    FileChannel lock = null;
    RocksDB index = null;
    try {
      Files.createDirectories(folder);
      lock = lock(folder);
      Path indexFolder = folder.resolve("index");
      boolean fresh = !Files.exists(indexFolder);
      Options options =
          new Options()
              .setCreateIfMissing(true)
              .setCompressionType(CompressionType.NO_COMPRESSION)
              .setWriteBufferSize(4 << 20)
              .setKeepLogFileNum(1);
      index = RocksDB.open(options, indexFolder.toString());
      ReplayStore store = new ReplayStore(folder, segmentBytes, lock, options, index);
      store.openSegments(fresh);
      return store;
    } catch (CorruptStoreException e) {
      release(index, lock);
      throw e;
    } catch (RocksDBException e) {
      release(index, lock);
      throw new CorruptStoreException(
          "replay store " + folder + ": its index cannot be opened: " + e.getMessage(), e);
    } catch (IOException e) {
      release(index, lock);
      throw new UserMistakeException(
          "replay store " + folder + ": cannot be opened: " + e.getMessage(), e);
    }
  }

  private static void release(RocksDB index, FileChannel lock) {
    if (index != null) {
      index.close();
    }
    if (lock != null) {
      try {
        lock.close();
      } catch (IOException e) {
        LOG.warn("lock file cannot be closed", e);
      }
    }
  }

  private static FileChannel lock(Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve("LOCK"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      LOG.debug("the store is open in this process folder={}", folder, e);
    }
    channel.close();
    throw new UserMistakeException(
        "replay store "
            + folder
            + ": in use by another run; give each run at the same time its own");
  }

  private void openSegments(boolean fresh) throws IOException, RocksDBException {
    int[] numbers;
    try (Stream<Path> files = Files.list(folder)) {
      numbers =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.matches("segment-\\d{6}\\.lrep"))
              .mapToInt(name -> Integer.parseInt(name.substring(8, 14)))
              .sorted()
              .toArray();
    }
    for (int i = 0; i < numbers.length; i++) {
      Segment segment = Segment.open(folder, numbers[i]);
      if (segment == null) {
        continue;
      }
      segments.put(numbers[i], segment);
      if (fresh || i == numbers.length - 1) {
        segment.scan(
            (viewId, part, fingerprint, position, length, crc) ->
                put(
                    key(viewId, part, fingerprint),
                    new Location(segment.number(), position, length, crc)));
      }
    }
  }

  /** Whether the part is held with exactly this content. */
  public boolean holds(String viewId, Part part, byte[] fingerprint) {
    return find(key(viewId, part, fingerprint)) != null;
  }

  /**
   * The bytes of a part, checked, read-only and not copied; valid until the store is closed.
   *
   * @return null if it is not held with this content, or what the disk holds is damaged; then it
   *     counts as not held
   */
  public ByteBuffer read(String viewId, Part part, byte[] fingerprint) {
    byte[] key = key(viewId, part, fingerprint);
    Location location = find(key);
    if (location == null) {
      return null;
    }
    Segment segment = segments.get(location.segment());
    ByteBuffer bytes =
        segment == null
            ? null
            : segment.read(viewId, location.position(), location.length(), location.crc());
    if (bytes == null) {
      LOG.warn(
          "stored part is damaged, it will be read from the log again viewId={} part={} segment={} position={}",
          viewId,
          part,
          location.segment(),
          location.position());
      try {
        index.delete(key);
      } catch (RocksDBException e) {
        throw broken(e);
      }
    }
    return bytes;
  }

  /**
   * Keeps a part; does nothing if it is held with this content.
   *
   * @param fingerprint 32 bytes that tell this content from another
   * @param payload from position to limit, at least one byte
   */
  public synchronized void append(
      String viewId, Part part, byte[] fingerprint, ByteBuffer payload) {
    byte[] key = viewId.getBytes(StandardCharsets.UTF_8);
    if (fingerprint.length != SegmentFormat.FINGERPRINT_BYTES
        || key.length > SegmentFormat.MAX_KEY_BYTES
        || !payload.hasRemaining()) {
      throw new IllegalArgumentException(
          "view " + viewId + ": expected 32 bytes of fingerprint, a shorter id, and a payload");
    }
    if (closed) {
      throw new IllegalStateException("replay store " + folder + " is closed");
    }
    if (holds(viewId, part, fingerprint)) {
      return;
    }
    int payloadBytes = payload.remaining();
    try {
      Segment segment = segmentFor(key.length, payloadBytes);
      long position = segment.end();
      int crc = segment.append(key, part, fingerprint, payload);
      put(
          key(viewId, part, fingerprint),
          new Location(segment.number(), position, payloadBytes, crc));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "replay store " + folder + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private Segment segmentFor(int keyBytes, int payloadBytes) throws IOException {
    Map.Entry<Integer, Segment> last = segments.lastEntry();
    if (last != null && last.getValue().hasRoomFor(keyBytes, payloadBytes)) {
      return last.getValue();
    }
    int number = last == null ? 1 : last.getKey() + 1;
    if (last != null) {
      last.getValue().force();
    }
    long needed = SegmentFormat.FIRST_RECORD + SegmentFormat.recordBytes(keyBytes, payloadBytes);
    Segment next = Segment.create(folder, number, Math.max(segmentBytes, needed));
    segments.put(number, next);
    return next;
  }

  /** Number of segment files. */
  public int segmentCount() {
    return segments.size();
  }

  /** Makes everything appended so far survive a loss of power. */
  public synchronized void force() {
    try {
      for (Segment segment : segments.values()) {
        segment.force();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Closes the files; what was read from the store must no longer be used. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    index.close();
    options.close();
    try {
      for (Segment segment : segments.values()) {
        segment.close();
      }
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Location find(byte[] key) {
    try {
      byte[] value = index.get(key);
      return value == null ? null : Location.read(ByteBuffer.wrap(value));
    } catch (RocksDBException e) {
      throw broken(e);
    }
  }

  private void put(byte[] key, Location location) {
    try {
      index.put(key, location.write());
    } catch (RocksDBException e) {
      throw broken(e);
    }
  }

  private CorruptStoreException broken(RocksDBException e) {
    return new CorruptStoreException(
        "replay store " + folder + ": its index fails: " + e.getMessage(), e);
  }

  private static byte[] key(String viewId, Part part, byte[] fingerprint) {
    byte[] id = viewId.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + id.length + fingerprint.length)
        .put(part.code)
        .put(id)
        .put(fingerprint)
        .array();
  }

  /** Where a record starts, the length of its payload, and its checksum. */
  private record Location(int segment, long position, int length, int crc) {
    static Location read(ByteBuffer in) {
      return new Location(in.getInt(), in.getLong(), in.getInt(), in.getInt());
    }

    byte[] write() {
      return ByteBuffer.allocate(INDEX_VALUE_BYTES)
          .putInt(segment)
          .putLong(position)
          .putInt(length)
          .putInt(crc)
          .array();
    }
  }
}
