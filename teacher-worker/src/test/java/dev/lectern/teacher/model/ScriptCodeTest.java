package dev.lectern.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptCodeTest {
  @TempDir private Path dir;

  @Test
  void theGpuThatATraceNamesIsFoundInAnyOfItsFiles() throws IOException {
    assertThat(ScriptCode.device(script("x.to(torch.device(\"cpu\"))", ""))).isEmpty();
    assertThat(
            ScriptCode.device(
                script(
                    "x.to(torch.device(\"cpu\"))",
                    "a = torch.device(\"cpu\"); b = torch.device(\"cuda:1\")")))
        .contains("cuda:1");
    assertThat(ScriptCode.device(script("y.to(torch.device(\"mps\"))"))).contains("mps");
  }

  @Test
  void whatCanBeDoneFollowsFromTheTraceOrFromWhatLibtorchSays() throws IOException {
    Exception half =
        new IllegalStateException("RuntimeError: expected scalar type Float but found Half");
    Exception other = new IllegalStateException("RuntimeError: Halfway through: shapes differ");

    assertThat(ScriptCode.wayOut(script("torch.device(\"cuda:0\")"), half))
        .isEqualTo("; the trace names the device cuda:0: trace the model again on the CPU");
    assertThat(ScriptCode.wayOut(script("x + 1"), half)).contains("model.float()");
    assertThat(ScriptCode.wayOut(script("x + 1"), other)).isEmpty();
  }

  private Path script(String... codes) throws IOException {
    Path file = dir.resolve("model.pt");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < codes.length; i++) {
        zip.putNextEntry(new ZipEntry("model/code/" + i + ".py"));
        zip.write(codes[i].getBytes(StandardCharsets.UTF_8));
      }
    }
    return file;
  }
}
