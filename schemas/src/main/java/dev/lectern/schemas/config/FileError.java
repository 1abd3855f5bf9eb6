package dev.lectern.schemas.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * Why a file or folder could not be used, in words; Java's own messages are often its path alone.
 */
public final class FileError {
  private FileError() {}

  /** Why a path is not a file: a folder lies there, or nothing. */
  public static String noFile(Path path) {
    return Files.isDirectory(path) ? "found a folder, expected a file" : "not found";
  }

  /** The file that the system names, if any, and the reason. */
  public static String describe(IOException e) {
    if (!(e instanceof FileSystemException failure) || failure.getFile() == null) {
      return String.valueOf(e.getMessage());
    }
    return failure.getFile() + ": " + inWords(failure);
  }

  /** The reason alone, for messages that name the file themselves. */
  public static String reason(IOException e) {
    return e instanceof FileSystemException failure
        ? inWords(failure)
        : String.valueOf(e.getMessage());
  }

  /** Whether the disk is full, or the user's share of it. */
  public static boolean isFull(IOException e) {
    String reason = reason(e);
    return reason.contains("No space left on device") || reason.contains("Disk quota exceeded");
  }

  private static String inWords(FileSystemException e) {
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
