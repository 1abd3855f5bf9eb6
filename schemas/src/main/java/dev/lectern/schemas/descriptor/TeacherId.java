package dev.lectern.schemas.descriptor;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;

/**
 * The id of a teacher: its name, {@code @}, and the SHA-256 of the model's files and the
 * descriptor. What a descriptor holds for people, such as its family's name, is no part of it.
 */
public final class TeacherId {
  private TeacherId() {}

  /**
   * The id of a teacher whose model is one file.
   *
   * @throws UserMistakeException if the model file cannot be read
   */
  public static String of(TeacherDescriptor descriptor, Path model) {
    return of(descriptor, List.of(model));
  }

  /**
   * The id of a teacher.
   *
   * @param files the model's; those with weights after the model itself, in the order of their
   *     names
   * @throws UserMistakeException if a file cannot be read
   */
  public static String of(TeacherDescriptor descriptor, List<Path> files) {
    MessageDigest sha256 = Sha256.start();
    files.forEach(file -> digest(file, sha256));
    sha256.update(DescriptorUpgrade.hashed(descriptor));
    return descriptor.getName() + "@" + Sha256.hex(sha256);
  }

  private static void digest(Path file, MessageDigest sha256) {
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha256)) {
      in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw new UserMistakeException(
          "model file " + file + ": cannot be read: " + FileError.reason(e), e);
    }
  }
}
