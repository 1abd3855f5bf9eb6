package dev.lectern.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
  @TempDir private Path dir;

  @Test
  void theProcessorIsNamedWithFamilyAndModel() {
    String cpuinfo =
        """
        processor\t: 0
        vendor_id\t: AuthenticAMD
        cpu family\t: 25
        model\t\t: 17
        model name\t: AMD EPYC

        processor\t: 1
        model name\t: another
        """;

    assertThat(Machine.processor(cpuinfo)).isEqualTo("AMD EPYC family 25 model 17");
    assertThat(Machine.processor("")).isEqualTo(System.getProperty("os.arch"));
  }

  @Test
  void cachesAreThoseOfOneProcessor() throws IOException {
    cache(0, "1", "Data", "32K");
    cache(1, "1", "Instruction", "32K");
    cache(2, "2", "Unified", "512K");
    cache(3, "3", "Unified", "32768K");

    assertThat(Machine.caches(dir)).isEqualTo("L1d 32K, L1i 32K, L2 512K, L3 32768K");
    assertThat(Machine.caches(dir.resolve("none"))).isEqualTo("unknown");
  }

  @Test
  void largePagesAreTheChosenWord() {
    assertThat(Machine.chosen("always [madvise] never\n")).isEqualTo("madvise");
    assertThat(Machine.chosen("")).isEqualTo("unknown");
  }

  private void cache(int index, String level, String type, String size) throws IOException {
    Path folder = Files.createDirectories(dir.resolve("index" + index));
    Files.writeString(folder.resolve("level"), level + "\n");
    Files.writeString(folder.resolve("type"), type + "\n");
    Files.writeString(folder.resolve("size"), size + "\n");
  }
}
