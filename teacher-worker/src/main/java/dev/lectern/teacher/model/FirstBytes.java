package dev.lectern.teacher.model;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.ForeignContent;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** What a model file plainly is instead of a model, before an engine says so in its own words. */
public final class FirstBytes {
  private static final int LOOKED_AT = 64;

  private FirstBytes() {}

  /**
   * Refuses what is not a model of the file's ending.
   *
   * @throws UserMistakeException if the file is missing, empty, or plainly something else; the
   *     message says what, and what to do
   */
  public static void require(Path model) {
    if (!Files.isRegularFile(model)) {
      throw mistake(
          model, Files.isDirectory(model) ? "found a folder, expected a file" : "not found");
    }
    String found;
    try {
      found = instead(model);
    } catch (IOException e) {
      throw new UserMistakeException(
          "model " + model + ": cannot be read: " + FileError.reason(e), e);
    }
    if (found != null) {
      throw mistake(model, found);
    }
  }

  private static UserMistakeException mistake(Path model, String found) {
    return new UserMistakeException("model file " + model + ": " + found);
  }

  private static String instead(Path model) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(model)) {
      bytes = in.readNBytes(LOOKED_AT);
    }
    if (bytes.length == 0) {
      return "found an empty file";
    }
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    Optional<String> plain = text.startsWith("PK") ? Optional.empty() : ForeignContent.of(bytes);
    if (plain.isPresent()) {
      return plain.get();
    }
    boolean zip = text.startsWith("PK");
    String name = model.getFileName().toString();
    if (name.endsWith(ModelFile.ONNX) && zip) {
      return "found a ZIP archive, expected ONNX; the name of a TorchScript file ends in .pt";
    }
    if (name.endsWith(".pt") || name.endsWith(".pth")) {
      return zip ? insteadOfScript(model) : notScript(text);
    }
    return null;
  }

  private static String notScript(String text) {
    String script = "; expected TorchScript: torch.jit.trace(model.eval(), image).save(FILE)";
    return text.charAt(0) == '\u0080'
        ? "found a Python pickle, as torch.save writes weights or models" + script
        : "found no ZIP archive" + script;
  }

  private static String insteadOfScript(Path model) throws IOException {
    try (ZipFile zip = new ZipFile(model.toFile())) {
      List<String> names = zip.stream().map(ZipEntry::getName).toList();
      if (names.stream().anyMatch(name -> name.contains("/code/"))) {
        return null;
      }
      boolean saved = names.stream().anyMatch(name -> name.endsWith("data.pkl"));
      return "found "
          + (saved
              ? "weights or a model as torch.save writes them, without a network that runs here"
              : "a ZIP archive without TorchScript")
          + "; expected TorchScript: torch.jit.trace(model.eval(), image).save(FILE)";
    } catch (ZipException e) {
      return "found a damaged ZIP archive ("
          + e.getMessage()
          + "), expected TorchScript; it may have been cut off";
    }
  }
}
