package dev.lectern.schemas.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpStorageTest {
  private final List<String> asked = new ArrayList<>();
  private final List<Integer> statuses = new ArrayList<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(
              exchange.getRequestURI() + " " + exchange.getRequestHeaders().getFirst("Range"));
          byte[] body = "0123".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(
              statuses.size() > 1 ? statuses.remove(0) : statuses.get(0), body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void aServerThatIsAwayForAMomentIsAskedAgain() throws IOException {
    statuses.addAll(List.of(503, 429, 206));

    ByteBuffer part = storage(Duration.ofSeconds(30)).read("views.avro", 10, 4);

    assertThat(part).isEqualTo(ByteBuffer.wrap(new byte[] {'0', '1', '2', '3'}));
    assertThat(asked).hasSize(3).containsOnly("/backup/mine/views.avro bytes=10-13");
  }

  @Test
  void aServerThatIgnoresRangesIsRefusedAtOnce() {
    statuses.add(200);

    assertThatThrownBy(() -> storage(Duration.ofSeconds(30)).read("views.avro", 0, 4))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("answers a range request with the whole file (status 200)");
    assertThat(asked).hasSize(1);
  }

  @Test
  void aServerThatStaysAwayEndsTheReading() {
    statuses.add(500);

    assertThatThrownBy(() -> storage(Duration.ofMillis(300)).open("index.avro"))
        .isInstanceOf(IOException.class)
        .hasMessage("found status 500, expected 200");
    assertThat(asked).hasSizeGreaterThan(1);
  }

  @Test
  @Timeout(60)
  void anAnswerThatStopsInTheMiddleEndsTheReading() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    server.createContext(
        "/backup/stalled/",
        exchange -> {
          exchange.sendResponseHeaders(206, 4);
          exchange.getResponseBody().write('0');
          exchange.getResponseBody().flush();
          try {
            over.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });

    try {
      assertThatThrownBy(() -> storage("stalled", Duration.ofSeconds(1)).read("views.avro", 0, 4))
          .isInstanceOf(IOException.class)
          .hasMessage("nothing arrived for 1 s");
    } finally {
      over.countDown();
    }
  }

  @Test
  void aFileThatIsNotThereIsNoneAndNotAskedForAgain() {
    statuses.add(404);

    assertThatThrownBy(() -> storage(Duration.ofSeconds(30)).open("SHA256SUMS"))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(asked).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://user:secret@host/a",
        "https://host/a?token=secret",
        "http:/a",
        "http://h/a b"
      })
  void anAddressIsThatOfAFolder(String address) {
    assertThatThrownBy(() -> ArchiveStorage.of(address))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("archive");
  }

  private HttpStorage storage(Duration limit) {
    return storage("mine", limit);
  }

  private HttpStorage storage(String folder, Duration limit) {
    return new HttpStorage(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/backup/" + folder),
        limit);
  }
}
