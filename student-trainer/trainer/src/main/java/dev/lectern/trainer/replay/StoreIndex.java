package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.FileError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.rocksdb.CompressionType;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where each record of a replay store lies: a RocksDB that one process writes and any number
 * follow. Thread-safe, apart from closing.
 */
final class StoreIndex implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StoreIndex.class);
  private static final long WRITER_APPEARS_MILLIS = 10_000;
  private static final int VALUE_BYTES = Integer.BYTES + Long.BYTES + Integer.BYTES + Integer.BYTES;

  static {
    RocksDB.loadLibrary();
  }

  private final Path folder;
  private final Options options;
  private final RocksDB rocks;
  private final Path ownFolder;

  private StoreIndex(Path folder, Options options, RocksDB rocks, Path ownFolder) {
    this.folder = folder;
    this.options = options;
    this.rocks = rocks;
    this.ownFolder = ownFolder;
  }

  /** Where a record starts, the length of its payload, and its checksum. */
  record Location(int segment, long position, int length, int crc) {}

  static boolean exists(Path folder) {
    return Files.exists(folder.resolve("CURRENT"));
  }

  /**
   * For the one process that writes.
   *
   * @throws CorruptStoreException if the files there are not an index
   * @throws IOException if the disk is full
   */
  static StoreIndex write(Path folder) throws IOException {
    Options options =
        new Options()
            .setCreateIfMissing(true)
            .setCompressionType(CompressionType.NO_COMPRESSION)
            .setWriteBufferSize(4 << 20)
            .setKeepLogFileNum(1);
    try {
      return new StoreIndex(folder, options, RocksDB.open(options, folder.toString()), null);
    } catch (RocksDBException e) {
      options.close();
      IOException failure = new IOException("its index: " + e.getMessage(), e);
      if (FileError.isFull(failure)) {
        throw failure;
      }
      throw unusable(folder, e);
    }
  }

  /**
   * For a process that reads what another one writes; waits ten seconds for the other to begin.
   *
   * @throws CorruptStoreException if there is no index by then, or it is none
   */
  static StoreIndex follow(Path folder) throws IOException {
    Path own = Files.createTempDirectory("lectern-index");
    long giveUp = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WRITER_APPEARS_MILLIS);
    while (true) {
      Options options = new Options().setMaxOpenFiles(-1).setKeepLogFileNum(1);
      try {
        RocksDB rocks = RocksDB.openAsSecondary(options, folder.toString(), own.toString());
        return new StoreIndex(folder, options, rocks, own);
      } catch (RocksDBException e) {
        options.close();
        if (System.nanoTime() > giveUp) {
          Folders.delete(own);
          throw unusable(folder, e);
        }
        LOG.debug("the index is not there yet folder={}", folder, e);
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a replay store was opened", e);
    }
  }

  /** Takes in what the writing process has added or removed. */
  void catchUp() {
    if (ownFolder == null) {
      return;
    }
    try {
      rocks.tryCatchUpWithPrimary();
    } catch (RocksDBException e) {
      // The writer has just replaced a file; the next time will do.
      LOG.debug("the index could not be followed folder={}", folder, e);
    }
  }

  /**
   * @return null if there is none
   */
  Location find(byte[] key) {
    try {
      byte[] value = rocks.get(key);
      if (value == null || value.length != VALUE_BYTES) {
        return null;
      }
      ByteBuffer in = ByteBuffer.wrap(value);
      return new Location(in.getInt(), in.getLong(), in.getInt(), in.getInt());
    } catch (RocksDBException e) {
      throw failing(e);
    }
  }

  /**
   * @throws IOException if it cannot be written
   */
  void put(byte[] key, Location location) throws IOException {
    byte[] value =
        ByteBuffer.allocate(VALUE_BYTES)
            .putInt(location.segment())
            .putLong(location.position())
            .putInt(location.length())
            .putInt(location.crc())
            .array();
    try {
      rocks.put(key, value);
    } catch (RocksDBException e) {
      throw new IOException("its index: " + e.getMessage(), e);
    }
  }

  /**
   * @throws IOException if it cannot be written
   */
  void delete(byte[] key) throws IOException {
    try {
      rocks.delete(key);
    } catch (RocksDBException e) {
      throw new IOException("its index: " + e.getMessage(), e);
    }
  }

  private CorruptStoreException failing(RocksDBException e) {
    return new CorruptStoreException(
        "replay store " + folder.getParent() + ": its index fails: " + e.getMessage(), e);
  }

  private static CorruptStoreException unusable(Path folder, RocksDBException e) {
    return new CorruptStoreException(
        "replay store " + folder.getParent() + ": its index cannot be opened: " + e.getMessage(),
        e);
  }

  @Override
  public void close() {
    rocks.close();
    options.close();
    if (ownFolder != null) {
      try {
        Folders.delete(ownFolder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
