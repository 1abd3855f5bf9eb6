package dev.lectern.schemas.archive;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Where the files of an archive lie. Thread-safe. */
interface ArchiveStorage {
  /**
   * A whole file.
   *
   * @throws java.nio.file.NoSuchFileException if there is none of that name
   */
  InputStream open(String name) throws IOException;

  /**
   * Part of a file.
   *
   * @param position from the start of the file
   * @return as many bytes as were asked for
   */
  ByteBuffer read(String name, long position, int bytes) throws IOException;

  /** Names a file in messages. */
  String describe(String name);

  /**
   * @param where a folder, or the {@code http} or {@code https} address of one
   * @throws UserMistakeException if it is neither
   */
  static ArchiveStorage of(String where) {
    try {
      if (!where.matches("(?i)https?:.*")) {
        return new FolderStorage(Path.of(where));
      }
      URI address = new URI(where);
      if (address.getHost() != null
          && address.getUserInfo() == null
          && address.getQuery() == null
          && address.getFragment() == null) {
        return new HttpStorage(address);
      }
    } catch (InvalidPathException | URISyntaxException e) {
      throw new UserMistakeException(
          "archive '" + where + "': expected a folder or an http address: " + e.getMessage(), e);
    }
    throw new UserMistakeException(
        "archive: found an address with a user, a query or no host, expected one such as"
            + " https://HOST/PATH/ARCHIVE");
  }
}
