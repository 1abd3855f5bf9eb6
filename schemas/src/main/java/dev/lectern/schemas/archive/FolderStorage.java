package dev.lectern.schemas.archive;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** An archive on disk. */
final class FolderStorage implements ArchiveStorage {
  private static final int BUFFER_BYTES = 1 << 20;

  private final Path folder;

  FolderStorage(Path folder) {
    this.folder = folder;
  }

  @Override
  public InputStream open(String name) throws IOException {
    return new BufferedInputStream(Files.newInputStream(folder.resolve(name)), BUFFER_BYTES);
  }

  @Override
  public ByteBuffer read(String name, long position, int bytes) throws IOException {
    ByteBuffer found = ByteBuffer.allocate(bytes);
    try (FileChannel channel = FileChannel.open(folder.resolve(name))) {
      while (found.hasRemaining()) {
        if (channel.read(found, position + found.position()) < 0) {
          throw new EOFException(
              "found " + channel.size() + " bytes, expected " + (position + bytes) + " or more");
        }
      }
    }
    return found.flip();
  }

  @Override
  public String describe(String name) {
    return folder.resolve(name).toString();
  }
}
