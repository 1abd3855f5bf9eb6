package dev.lectern.trainer.replay;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The right to write a replay store: one process has it, until it gives it back or ends. */
final class StoreLock implements AutoCloseable {
  /**
   * Folders that this process writes. Their lock files must not even be opened again: on Linux,
   * closing any channel of a file gives up the process's lock on it.
   */
  private static final Set<Path> WRITTEN_HERE = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private StoreLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Takes the right if nobody has it.
   *
   * @return null if somebody has it
   */
  static StoreLock tryTake(Path folder) throws IOException {
    Path real = folder.toRealPath();
    if (!WRITTEN_HERE.add(real)) {
      return null;
    }
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              real.resolve("LOCK"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() != null) {
        return new StoreLock(real, channel);
      }
    } catch (IOException | RuntimeException e) {
      WRITTEN_HERE.remove(real);
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
    channel.close();
    WRITTEN_HERE.remove(real);
    return null;
  }

  @Override
  public void close() throws IOException {
    channel.close();
    WRITTEN_HERE.remove(folder);
  }
}
