package dev.lectern.schemas.descriptor;

import dev.lectern.schemas.config.FileTrouble;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;

/**
 * The id of a teacher: its name, {@code @}, and the SHA-256 of model file and descriptor. What a
 * descriptor holds for people, such as its family's name, is no part of it.
 */
public final class TeacherId {
  private TeacherId() {}

  /**
   * @throws UserMistakeException if the model file cannot be read
   */
  public static String of(TeacherDescriptor descriptor, Path model) {
    MessageDigest sha256 = Sha256.start();
    try (InputStream in = new DigestInputStream(Files.newInputStream(model), sha256)) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw new UserMistakeException(
          "model file " + model + ": cannot be read: " + FileTrouble.why(e), e);
    }
    sha256.update(DescriptorUpgrade.hashed(descriptor));
    return descriptor.getName() + "@" + Sha256.hex(sha256);
  }
}
