package dev.lectern.teacher.ledger;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Utils;

/**
 * A directory for the local state of one ledger instance, locked while it is open.
 *
 * <p>State of another cluster, or of a recording that was deleted and made again under the same
 * name, is never reused: the id of the receipts topic, which no other topic ever has, is part of
 * the path. Instances on one host get a numbered directory each; one that starts again takes the
 * lowest free number and so finds its state.
 */
final class StateDirectory implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final FileLock lock;

  private StateDirectory(Path path, FileChannel channel, FileLock lock) {
    this.path = path;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Makes the directory of all recordings, so that one that cannot be used is known at once and not
   * when the recording exists.
   *
   * @throws UserMistakeException if it cannot be written
   */
  static void prepare(Path base) {
    try {
      Files.createDirectories(base);
    } catch (IOException e) {
      throw unusable(base, e);
    }
    if (!Files.isWritable(base)) {
      throw unusable(base, new AccessDeniedException(base.toString()));
    }
  }

  private static UserMistakeException unusable(Path base, IOException e) {
    return new UserMistakeException(
        "state-dir " + base + ": cannot be used: " + FileError.describe(e), e);
  }

  /**
   * @param base made when absent
   * @throws UserMistakeException if it cannot be written
   */
  static StateDirectory open(Path base, String recording, Uuid receiptsTopic) {
    Path recordingDir = LedgerState.folder(base, recording, receiptsTopic);
    try {
      Files.createDirectories(recordingDir);
      for (int instance = 0; ; instance++) {
        FileChannel channel =
            FileChannel.open(
                recordingDir.resolve(instance + ".lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = tryLock(channel);
        if (lock != null) {
          return new StateDirectory(recordingDir.resolve(String.valueOf(instance)), channel, lock);
        }
        channel.close();
      }
    } catch (IOException e) {
      throw unusable(base, e);
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Held by this process.
      return null;
    }
  }

  Path path() {
    return path;
  }

  /** Deletes what an earlier run left. */
  void wipe() {
    try {
      Utils.delete(path.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException("state directory " + path + " cannot be deleted", e);
    }
  }

  @Override
  public void close() {
    try {
      lock.release();
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("lock of state directory " + path, e);
    }
  }
}
