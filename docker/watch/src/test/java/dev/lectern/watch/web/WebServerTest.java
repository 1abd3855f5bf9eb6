package dev.lectern.watch.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WebServerTest {
  private static final Handler OK =
      new Handler.Abstract() {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
          return Responses.text(response, callback, 200, "ok\n");
        }
      };

  @Test
  @Timeout(60)
  void aRequestThatIsNeverFinishedLosesItsConnection() throws Exception {
    try (WebServer server =
            new WebServer("test", "127.0.0.1", 0, "--port", OK, Duration.ofMillis(200));
        Socket half = new Socket("127.0.0.1", server.port())) {
      half.getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: 127.0".getBytes(StandardCharsets.US_ASCII));

      // returns once the server closes the connection
      byte[] answer = half.getInputStream().readAllBytes();

      assertThat(new String(answer, StandardCharsets.US_ASCII)).doesNotContain("200 OK");
    }
  }

  @Test
  @Timeout(60)
  void aCrowdOfUnfinishedRequestsKeepsNobodyOutForLong() throws Exception {
    List<Socket> crowd = new ArrayList<>();
    try (WebServer server =
        new WebServer("test", "127.0.0.1", 0, "--port", OK, Duration.ofSeconds(30))) {
      for (int i = 0; i < 240; i++) {
        Socket half = new Socket("127.0.0.1", server.port());
        crowd.add(half);
        half.getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
      }
      long start = System.nanoTime();

      try (Socket whole = new Socket("127.0.0.1", server.port())) {
        whole
            .getOutputStream()
            .write(
                "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
        String answer =
            new String(whole.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

        assertThat(answer).startsWith("HTTP/1.1 200 OK");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
      }
      // The crowd is gone long before the 30 seconds of a single one.
      crowd.get(0).setSoTimeout(15_000);
      assertThat(crowd.get(0).getInputStream().readAllBytes()).isNotNull();
    } finally {
      for (Socket half : crowd) {
        half.close();
      }
    }
  }
}
