package dev.lectern.trainer.train;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The right to write the folder of a run: one run has it, until it ends, however it ends. The file
 * {@code LOCK} says which.
 */
final class RunLock implements AutoCloseable {
  /** A file that this process has locked must not even be opened again: closing it gives it up. */
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private RunLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Takes the right; makes the folder when it is absent.
   *
   * @throws UserMistakeException if another run has it, or the folder cannot be written
   */
  static RunLock take(Path folder) {
    try {
      Path real = Files.createDirectories(folder).toRealPath();
      if (!HELD_HERE.add(real)) {
        throw held(folder, holder());
      }
      FileChannel channel = null;
      try {
        Path file = real.resolve("LOCK");
        RunFolder.requireLock(file);
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (channel.tryLock() == null) {
          throw held(folder, Files.readString(file).strip());
        }
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(holder().getBytes(StandardCharsets.UTF_8)));
        return new RunLock(real, channel);
      } catch (IOException | RuntimeException e) {
        HELD_HERE.remove(real);
        if (channel != null) {
          channel.close();
        }
        throw e;
      }
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  /** The mistake of naming a folder that cannot be written. */
  static UserMistakeException unwritable(Path folder, IOException e) {
    return new UserMistakeException(
        "out: " + folder + " cannot be written: " + FileError.describe(e), e);
  }

  private static UserMistakeException held(Path folder, String holder) {
    return new UserMistakeException(
        "out: "
            + folder
            + " is in use by another run ("
            + holder
            + "); wait until it ends, or choose another folder");
  }

  private static String holder() {
    return "process "
        + ProcessHandle.current().pid()
        + " on "
        + RunReport.host()
        + " since "
        + Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }

  /** Gives the right back. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("lock of the run's folder " + folder, e);
    } finally {
      HELD_HERE.remove(folder);
    }
  }
}
