package dev.lectern.bench.loss;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Weighs losses in a process of its own, whose allocator gives every larger block back at once and
 * whose Java heap has its full size from the start, so that the resident set follows what libtorch
 * holds.
 */
public final class LossMemoryProcess {
  private static final String BLOCK = "65536";

  private LossMemoryProcess() {}

  /**
   * Runs it.
   *
   * @param mainClass of the command line
   * @param arguments that make it print one JSON object, bytes by loss
   * @param input what it finds on its standard input
   * @throws IllegalStateException if it fails; its messages went to standard error
   */
  public static Map<String, Long> run(String mainClass, List<String> arguments, String input)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch", "-Dai.djl.offline=true"));
    command.add(mainClass);
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().put("MALLOC_MMAP_THRESHOLD_", BLOCK);
    builder.environment().put("MALLOC_TRIM_THRESHOLD_", BLOCK);
    builder.environment().put("MALLOC_TOP_PAD_", "0");
    builder.environment().remove("GLIBC_TUNABLES");
    Process process = builder.start();
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      }
      byte[] out = process.getInputStream().readAllBytes();
      int code = process.waitFor();
      if (code != 0) {
        throw new IllegalStateException("measuring memory ended with exit code " + code);
      }
      return new JsonMapper().readValue(out, new TypeReference<Map<String, Long>>() {});
    } finally {
      process.destroyForcibly();
    }
  }
}
