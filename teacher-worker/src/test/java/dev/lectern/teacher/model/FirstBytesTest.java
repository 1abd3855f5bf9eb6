package dev.lectern.teacher.model;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirstBytesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "m.onnx|version https://git-lfs.github.com/spec/v1|a pointer of Git LFS",
        "m.pt|<!DOCTYPE html><html>|a web page",
        "m.onnx|<html>|a web page",
        "m.pt|'\u001f\u008b\u0008'|a gzip file",
        "m.onnx|PK\u0003\u0004|a ZIP archive, expected ONNX",
        "m.pt|\u0080\u0002}|a Python pickle",
        "m.pt|hello|no ZIP archive; expected TorchScript",
        "m.pt|PK\u0003\u0004|a damaged ZIP archive",
      })
  void whatIsPlainlySomethingElseIsNamed(String name, String content, String found)
      throws IOException {
    Path model = Files.write(folder.resolve(name), content.getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(() -> FirstBytes.require(model))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("model file " + model + ": found " + found);
  }

  @Test
  void nothingIsNoModel() throws IOException {
    Path empty = Files.createFile(folder.resolve("m.onnx"));

    assertThatThrownBy(() -> FirstBytes.require(empty))
        .hasMessageEndingWith(": found an empty file");
    assertThatThrownBy(() -> FirstBytes.require(folder))
        .hasMessageEndingWith(": found a folder, expected a file");
    assertThatThrownBy(() -> FirstBytes.require(folder.resolve("x.pt")))
        .hasMessageEndingWith(": not found");
  }

  @Test
  void weightsAreNoTorchScript() throws IOException {
    assertThatThrownBy(() -> FirstBytes.require(zip("w.pt", "w/data.pkl", "w/version")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found weights or a model as torch.save writes them")
        .hasMessageEndingWith("torch.jit.trace(model.eval(), image).save(FILE)");
    assertThatThrownBy(() -> FirstBytes.require(zip("z.pt", "hello.txt")))
        .hasMessageContaining("found a ZIP archive without TorchScript");
    assertThatCode(
            () ->
                FirstBytes.require(
                    zip("s.pt", "s/data.pkl", "s/code/__torch__.py", "s/constants.pkl")))
        .doesNotThrowAnyException();
  }

  private Path zip(String name, String... entries) throws IOException {
    Path file = folder.resolve(name);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String entry : entries) {
        zip.putNextEntry(new ZipEntry(entry));
        zip.closeEntry();
      }
    }
    return file;
  }
}
