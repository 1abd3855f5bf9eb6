package dev.lectern.teacher.model;

import dev.lectern.schemas.config.FileTrouble;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** The code inside a TorchScript file, which is a ZIP archive with Python text. */
final class ScriptCode {
  private ScriptCode() {}

  /** Whether the code places tensors on a GPU, as traces made on one do. */
  static boolean namesGpu(Path file) {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        ZipEntry entry = all.nextElement();
        if (entry.getName().contains("/code/") && entry.getName().endsWith(".py")) {
          try (InputStream in = zip.getInputStream(entry)) {
            String code = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (code.contains("torch.device(\"cuda")) {
              return true;
            }
          }
        }
      }
      return false;
    } catch (ZipException e) {
      return false;
    } catch (IOException e) {
      throw new UserMistakeException(
          "model " + file + ": cannot be read: " + FileTrouble.why(e), e);
    }
  }
}
