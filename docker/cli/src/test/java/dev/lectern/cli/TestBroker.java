package dev.lectern.cli;

import dev.lectern.broker.EmbeddedBroker;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * The broker of a test: in this process, or, with {@code -Dlectern.broker.jars=FOLDER}, of another
 * version of Kafka in a process of its own; the folder has Kafka's jars.
 */
final class TestBroker implements AutoCloseable {
  private static final String JARS = "lectern.broker.jars";
  private static final Pattern READY = Pattern.compile("broker at (\\S+)");

  private final String bootstrapServers;
  private final AutoCloseable running;

  private TestBroker(String bootstrapServers, AutoCloseable running) {
    this.bootstrapServers = bootstrapServers;
    this.running = running;
  }

  /**
   * Starts one.
   *
   * @param settings win over those of the embedded broker
   */
  static TestBroker start(Path folder, Map<String, String> settings) {
    String jars = System.getProperty(JARS);
    if (jars == null) {
      EmbeddedBroker embedded = EmbeddedBroker.start(folder, 0, settings);
      return new TestBroker(embedded.bootstrapServers(), embedded);
    }
    try {
      return startProcess(Path.of(jars), folder, settings);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static TestBroker startProcess(Path jars, Path folder, Map<String, String> settings)
      throws IOException {
    String classPath =
        Stream.of(
                Path.of("target/test-classes").toAbsolutePath().toString(),
                EmbeddedBroker.class.getProtectionDomain().getCodeSource().getLocation().getPath(),
                jars.toAbsolutePath() + "/*")
            .collect(Collectors.joining(File.pathSeparator));
    List<String> command = new ArrayList<>(Child.java());
    command.addAll(List.of("-Xmx512m", "-cp", classPath, TestBroker.class.getName()));
    command.add(folder.toString());
    settings.forEach((key, value) -> command.add(key + "=" + value));
    Path log = Files.createTempFile("broker", ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Matcher ready =
        Awaitility.await("a broker with the jars of " + jars)
            .atMost(Duration.ofMinutes(3))
            .failFast("the broker has ended; see " + log, () -> !process.isAlive())
            .until(() -> READY.matcher(Files.readString(log)), Matcher::find);
    System.out.println(ready.group() + " with the jars of " + jars);
    return new TestBroker(
        ready.group(1),
        () -> {
          process.destroy();
          process.waitFor();
          Files.delete(log);
        });
  }

  String bootstrapServers() {
    return bootstrapServers;
  }

  @Override
  public void close() {
    try {
      running.close();
    } catch (Exception e) {
      throw new IllegalStateException("the broker does not stop", e);
    }
  }

  /** The process of a broker: its folder, then settings as {@code key=value}. */
  public static void main(String[] arguments) {
    Map<String, String> settings =
        Stream.of(arguments)
            .skip(1)
            .map(pair -> pair.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    try (EmbeddedBroker broker = EmbeddedBroker.start(Path.of(arguments[0]), 0, settings)) {
      Runtime.getRuntime().addShutdownHook(new Thread(broker::close));
      System.out.println("broker at " + broker.bootstrapServers());
      broker.await();
    }
  }
}
