package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the trainers of a host keep on its disk of the recordings they read: payloads in
 * append-only, memory-mapped segment files, and in RocksDB where each lies.
 *
 * <p>A cache: it may be deleted at any time, and whatever it lacks comes from the log again. A
 * process may be killed at any point; the next one cuts off a torn record. Several recordings can
 * share a store, since what is held is known by content (the fingerprint), not by the recording's
 * name.
 *
 * <p>Any number of processes may have it open. The first one writes; the others read what it has
 * written, and one of them goes on writing when it has gone. A store that is full, or whose disk
 * is, takes nothing more, says so once, and goes on being read. Thread-safe.
 */
public final class ReplayStore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayStore.class);

  private final Path folder;
  private final StoreSize size;
  private final SegmentFiles segments;
  private final ReadWriteLock indexLock = new ReentrantReadWriteLock();
  private StoreIndex index;
  private StoreLock lock;
  private volatile boolean writes;
  private volatile boolean refusing;
  private boolean closed;

  private ReplayStore(Path folder, StoreSize size) {
    this.folder = folder;
    this.size = size;
    this.segments = new SegmentFiles(folder, size);
  }

  /**
   * Opens a store, or makes an empty one. One that cannot be written, as on a full disk, is read as
   * far as that goes.
   *
   * @throws UserMistakeException if there is no store and none can be made
   */
  public static ReplayStore open(Path folder, StoreSize size) {
    ReplayStore store = new ReplayStore(folder, size);
    try {
      if (!store.becomeWriter() && !store.refusing) {
        store.followWriter();
      }
      return store;
    } catch (IOException e) {
      store.close();
      throw new UserMistakeException(
          "replay store " + folder + ": cannot be opened: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private void followWriter() throws IOException {
    try {
      index = StoreIndex.follow(indexFolder());
      LOG.info("replay store is written by another run, this one reads it folder={}", folder);
    } catch (CorruptStoreException e) {
      LOG.warn("{}; this run reads from the log", e.getMessage());
    }
  }

  private Path indexFolder() {
    return folder.resolve("index");
  }

  /** Takes over the writing if nobody else has it, and the disk lets it. */
  private synchronized boolean becomeWriter() throws IOException {
    if (writes || closed || refusing) {
      return writes;
    }
    indexLock.writeLock().lock();
    try {
      Files.createDirectories(folder);
      lock = StoreLock.tryTake(folder);
      if (lock == null) {
        return false;
      }
      closeIndex();
      boolean fresh = !StoreIndex.exists(indexFolder());
      try {
        index = StoreIndex.write(indexFolder());
      } catch (CorruptStoreException e) {
        index = rebuilt(e);
        fresh = true;
      }
      segments.startWriting(fresh, segment -> segment.scan(indexing(segment)));
      segments.makeRoom(0, this::forget);
      writes = true;
      return true;
    } catch (IOException e) {
      if (!FileError.isFull(e) && !StoreIndex.exists(indexFolder())) {
        throw e;
      }
      readOnly();
      refuse(FileError.describe(e));
      return false;
    } finally {
      indexLock.writeLock().unlock();
    }
  }

  private void closeIndex() {
    if (index != null) {
      index.close();
      index = null;
    }
  }

  /** Goes on without what only a writer needs; without an index nothing is held. */
  private void readOnly() {
    writes = false;
    closeIndex();
    try {
      if (lock != null) {
        lock.close();
        lock = null;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (StoreIndex.exists(indexFolder())) {
      try {
        index = StoreIndex.follow(indexFolder());
      } catch (CorruptStoreException | IOException e) {
        LOG.debug("the index cannot be read either folder={}", folder, e);
      }
    }
  }

  private Segment.Visitor indexing(Segment segment) {
    return (viewId, part, fingerprint, position, length, crc) ->
        index.put(
            key(viewId, part, fingerprint),
            new StoreIndex.Location(segment.number(), position, length, crc));
  }

  /** An empty index in place of one that is damaged: the segments say what was in it. */
  private StoreIndex rebuilt(CorruptStoreException why) throws IOException {
    LOG.warn("{}; it is rebuilt from the segments", why.getMessage());
    Folders.delete(indexFolder());
    return StoreIndex.write(indexFolder());
  }

  /** Rebuilds an index of which damage shows while it is read. */
  private synchronized void rebuild(CorruptStoreException why) {
    indexLock.writeLock().lock();
    try {
      if (closed) {
        throw why;
      }
      closeIndex();
      index = rebuilt(why);
      segments.forEach(segment -> segment.list(indexing(segment)));
    } catch (IOException e) {
      readOnly();
      refuse(FileError.describe(e));
    } finally {
      indexLock.writeLock().unlock();
    }
  }

  /** Drops what the index says of a segment that is gone. */
  private void forget(Segment segment) throws IOException {
    segment.list(
        (viewId, part, fingerprint, position, length, crc) -> {
          byte[] key = key(viewId, part, fingerprint);
          StoreIndex.Location location = index.find(key);
          if (location != null && location.segment() == segment.number()) {
            index.delete(key);
          }
        });
  }

  /** Whether this process writes the store. */
  public boolean isWriter() {
    return writes;
  }

  /** Whether {@link #append} may still keep something. */
  public boolean isTaking() {
    return writes && !refusing;
  }

  /**
   * In a process that only reads: takes in what the writing one has added, or becomes the writer if
   * that one has gone.
   */
  public void catchUp() {
    if (writes) {
      return;
    }
    try {
      if (becomeWriter()) {
        LOG.info("replay store is now written by this run folder={}", folder);
        return;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("replay store " + folder + ": " + e.getMessage(), e);
    }
    indexLock.readLock().lock();
    try {
      if (index != null) {
        index.catchUp();
        segments.forgetDeleted();
      }
    } finally {
      indexLock.readLock().unlock();
    }
  }

  /** Whether the part is held with exactly this content. */
  public boolean holds(String viewId, Part part, byte[] fingerprint) {
    StoreIndex.Location location = find(key(viewId, part, fingerprint));
    return location != null && segments.find(location.segment()) != null;
  }

  /**
   * The bytes of a part, checked, read-only and not copied; valid until the store is closed.
   *
   * @return null if it is not held with this content, or what the disk holds is damaged; then it
   *     counts as not held
   */
  public ByteBuffer read(String viewId, Part part, byte[] fingerprint) {
    byte[] key = key(viewId, part, fingerprint);
    StoreIndex.Location location = find(key);
    if (location == null) {
      return null;
    }
    Segment segment = segments.find(location.segment());
    if (segment == null) {
      return null;
    }
    try {
      ByteBuffer bytes =
          segment.read(viewId, location.position(), location.length(), location.crc());
      if (bytes == null) {
        LOG.warn(
            "stored part is damaged, it will be read from the log again viewId={} part={} segment={} position={}",
            viewId,
            part,
            location.segment(),
            location.position());
        drop(key);
      }
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "replay store " + folder + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private synchronized void drop(byte[] key) {
    if (writes && !closed) {
      try {
        index.delete(key);
      } catch (IOException e) {
        refuse(FileError.describe(e));
      }
    }
  }

  /**
   * Keeps a part, if this process writes the store and there is room.
   *
   * @param fingerprint 32 bytes that tell this content from another
   * @param payload from position to limit, at least one byte
   * @return whether the part is held now
   */
  public synchronized boolean append(
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
      return true;
    }
    if (!isTaking()) {
      return false;
    }
    int payloadBytes = payload.remaining();
    try {
      Segment segment = segments.forRecord(key.length, payloadBytes, this::forget);
      if (segment == null) {
        refuse("its limit is " + size.limit() + " bytes");
        return false;
      }
      long position = segment.end();
      int crc = segment.append(key, part, fingerprint, payload);
      index.put(
          key(viewId, part, fingerprint),
          new StoreIndex.Location(segment.number(), position, payloadBytes, crc));
      return true;
    } catch (IOException e) {
      refuse(e.getMessage());
      return false;
    }
  }

  private void refuse(String why) {
    if (refusing) {
      return;
    }
    refusing = true;
    LOG.warn(
        "replay store {} takes nothing more ({}); what it lacks is read from the log", folder, why);
  }

  /** Number of segment files that this process knows of. */
  public int segmentCount() {
    return segments.count();
  }

  /** Makes everything appended so far survive a loss of power. */
  public synchronized void force() {
    try {
      segments.force();
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
    indexLock.writeLock().lock();
    try {
      closeIndex();
      segments.close();
      if (lock != null) {
        lock.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      indexLock.writeLock().unlock();
    }
  }

  /** A damaged index is rebuilt by the process that writes it; to others nothing is held then. */
  private StoreIndex.Location find(byte[] key) {
    try {
      return lookUp(key);
    } catch (CorruptStoreException e) {
      if (!writes) {
        LOG.debug("the index of the writing process is damaged", e);
        return null;
      }
      rebuild(e);
      return lookUp(key);
    }
  }

  private StoreIndex.Location lookUp(byte[] key) {
    indexLock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("replay store " + folder + " is closed");
      }
      return index == null ? null : index.find(key);
    } finally {
      indexLock.readLock().unlock();
    }
  }

  private static byte[] key(String viewId, Part part, byte[] fingerprint) {
    byte[] id = viewId.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + id.length + fingerprint.length)
        .put(part.code())
        .put(id)
        .put(fingerprint)
        .array();
  }
}
