package dev.lectern.schemas.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * Why a file or folder could not be used, in words; Java's own messages are often its path alone.
 */
public final class FileTrouble {
  private FileTrouble() {}

  /** The file that is to blame where the system names one, and the reason. */
  public static String reason(IOException e) {
    if (!(e instanceof FileSystemException trouble) || trouble.getFile() == null) {
      return String.valueOf(e.getMessage());
    }
    return trouble.getFile() + ": " + words(trouble);
  }

  /** The reason alone, for messages that have named the file. */
  public static String why(IOException e) {
    return e instanceof FileSystemException trouble
        ? words(trouble)
        : String.valueOf(e.getMessage());
  }

  private static String words(FileSystemException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof NotDirectoryException) {
      return "not a folder";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "there is a file of this name";
    }
    return e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
  }
}
