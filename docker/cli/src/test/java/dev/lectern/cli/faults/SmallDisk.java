package dev.lectern.cli.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder with a small disk of its own (tmpfs), which can be filled to the last byte. */
final class SmallDisk implements AutoCloseable {
  private final Path folder;

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  /** Skips the test where this process may not mount. */
  static SmallDisk mount(Path folder, String size) throws Exception {
    Files.createDirectories(folder);
    Process mount =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", folder.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(mount.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assumeTrue(
        mount.waitFor() == 0,
        "a full disk needs the right to mount one (run as root): " + output.strip());
    return new SmallDisk(folder);
  }

  Path folder() {
    return folder;
  }

  void fill() throws IOException {
    try (OutputStream out = Files.newOutputStream(folder.resolve("filler"))) {
      byte[] block = new byte[4096];
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw e;
      }
    }
  }

  /** The same disk in another folder, where nothing can be written. */
  SmallDisk readOnlyAt(Path other) throws Exception {
    Files.createDirectories(other);
    run("mount", "--bind", folder.toString(), other.toString());
    run("mount", "-o", "remount,ro,bind", other.toString());
    return new SmallDisk(other);
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + output.strip());
    }
  }

  void free() throws IOException {
    Files.deleteIfExists(folder.resolve("filler"));
  }

  @Override
  public void close() throws IOException {
    new ProcessBuilder("umount", "-l", folder.toString()).start().onExit().join();
  }
}
