package dev.lectern.watch.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
}
