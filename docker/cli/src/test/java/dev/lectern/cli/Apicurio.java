package dev.lectern.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Apicurio Registry in a process of its own, with its schemas in memory. */
final class Apicurio implements AutoCloseable {
  private static final int JAVA = 21;

  private final Process process;
  private final int port;

  private Apicurio(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts the one that {@code -Pregistry} unpacks; skips the test where no Java is new enough.
   *
   * @param folder for its log
   */
  static Apicurio start(Path folder) throws IOException {
    Optional<Path> java = java();
    assumeTrue(
        java.isPresent(),
        "Apicurio needs Java 21 or newer, and found none: this one, -Dlectern.registry.java=HOME, or"
            + " one beside "
            + System.getProperty("java.home"));
    Path jar = Path.of("target/apicurio/quarkus-run.jar").toAbsolutePath();
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Path log = folder.resolve("apicurio.log");
    Process process =
        new ProcessBuilder(
                java.get().resolve("bin/java").toString(),
                "-Xmx384m",
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=" + port,
                "-jar",
                jar.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Apicurio started = new Apicurio(process, port);
    Awaitility.await("an answer of Apicurio")
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(500))
        .failFast("Apicurio has ended; see " + log, () -> !process.isAlive())
        .until(started::answers);
    return started;
  }

  private static Optional<Path> java() throws IOException {
    String given = System.getProperty("lectern.registry.java");
    Path own = Path.of(System.getProperty("java.home"));
    try (Stream<Path> beside = Files.list(own.toRealPath().getParent())) {
      List<Path> homes =
          Stream.concat(Stream.of(given == null ? own : Path.of(given), own), beside.sorted())
              .toList();
      return homes.stream().filter(home -> version(home) >= JAVA).findFirst();
    }
  }

  /** Major version of a Java by its file {@code release}; 0 where there is none. */
  private static int version(Path home) {
    Properties release = new Properties();
    try (var in = Files.newBufferedReader(home.resolve("release"))) {
      release.load(in);
      String version = release.getProperty("JAVA_VERSION").replace("\"", "");
      return Integer.parseInt(version.split("[.-]")[0]);
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }

  private boolean answers() {
    try {
      return get("/subjects").startsWith("[");
    } catch (IOException e) {
      return false;
    }
  }

  /** What it answers to a path of its interface. */
  String get(String path) throws IOException {
    try {
      HttpRequest request = HttpRequest.newBuilder(URI.create(address() + path)).build();
      return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** Where it speaks as Confluent's registry does. */
  String address() {
    return "http://127.0.0.1:" + port + "/apis/ccompat/v7";
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
