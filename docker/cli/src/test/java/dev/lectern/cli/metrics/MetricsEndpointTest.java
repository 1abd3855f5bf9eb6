package dev.lectern.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import io.micrometer.core.instrument.Tags;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MetricsEndpointTest {
  private static final String HOST = "127.0.0.1";
  private static final Health HEALTH = new Health("teach", null);

  @Test
  void figuresAreServedInPrometheusTextFormat() throws Exception {
    try (MetricsEndpoint endpoint = endpoint()) {
      endpoint.registry().counter("lectern.teacher.views").increment(3);

      HttpResponse<String> answer = get(endpoint.port(), "/metrics");

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body())
          .contains("lectern_teacher_views_total{role=\"teach\"} 3.0")
          .contains("jvm_memory_used_bytes");
    }
  }

  @Test
  void otherPathsAreNotFound() throws Exception {
    try (MetricsEndpoint endpoint = endpoint()) {
      assertThat(get(endpoint.port(), "/other").statusCode()).isEqualTo(404);
      assertThat(get(endpoint.port(), "/health").body()).isEqualTo("ok\n");
    }
  }

  @Test
  void aTakenPortIsAUserMistake() {
    try (MetricsEndpoint endpoint = endpoint()) {
      int port = endpoint.port();
      assertThatThrownBy(() -> new MetricsEndpoint(HOST, port, "teach", HEALTH).close())
          .isInstanceOf(UserMistakeException.class)
          .hasMessageContaining("--metrics-port " + port + ": cannot listen on 127.0.0.1");
    }
  }

  @Test
  void aRoleIsReadyOnceItsPartsAreThereAndWhileTheyGoOn() throws Exception {
    AtomicInteger inference = new AtomicInteger();
    AtomicInteger lanes = new AtomicInteger();
    try (MetricsEndpoint endpoint = endpoint()) {
      assertReady(endpoint, 503, "starting\n");
      endpoint.registry().gauge("lectern.teacher.silence", part("inference"), inference);
      endpoint.registry().gauge("lectern.teacher.silence", part("lanes"), lanes);
      assertReady(endpoint, 200, "ok\n");

      inference.set(150);
      assertReady(endpoint, 503, "the model is on one batch for 150 s\n");
      assertThat(get(endpoint.port(), "/health").statusCode()).isEqualTo(200);

      lanes.set(901);
      assertReady(
          endpoint,
          503,
          "the model is on one batch for 150 s\na lane asks for no views for 901 s\n");
      HttpResponse<String> dead = get(endpoint.port(), "/health");
      assertThat(dead.statusCode()).isEqualTo(503);
      assertThat(dead.body()).isEqualTo("a lane asks for no views for 901 s\n");
    }
  }

  @Test
  void halfSentRequestsBlockNobody() throws Exception {
    List<Socket> halves = new ArrayList<>();
    try (MetricsEndpoint endpoint = endpoint()) {
      for (int i = 0; i < 50; i++) {
        Socket half = new Socket(HOST, endpoint.port());
        halves.add(half);
        half.getOutputStream().write("GET /metrics HTT".getBytes(StandardCharsets.US_ASCII));
      }

      HttpRequest health =
          request(endpoint.port(), "/health").timeout(Duration.ofSeconds(20)).build();

      assertThat(
              HttpClient.newHttpClient()
                  .send(health, HttpResponse.BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(200);
    } finally {
      for (Socket half : halves) {
        half.close();
      }
    }
  }

  @Test
  void aNameOfSomebodyElseIsRefused() throws Exception {
    try (MetricsEndpoint endpoint = endpoint()) {
      assertThat(askedAs("rebound.example", endpoint.port())).startsWith("HTTP/1.1 421");
      assertThat(askedAs("127.0.0.1", endpoint.port())).startsWith("HTTP/1.1 200");
    }
    try (MetricsEndpoint endpoint = new MetricsEndpoint("0.0.0.0", 0, "teach", HEALTH)) {
      assertThat(askedAs("rebound.example", endpoint.port())).startsWith("HTTP/1.1 421");
      for (String name :
          List.of("10.0.0.7:9404", "[fd00::7]:9404", "teacher:9404", "teacher.lectern.svc")) {
        assertThat(askedAs(name, endpoint.port())).as(name).startsWith("HTTP/1.1 200");
      }
    }
  }

  @Test
  void nothingCanBeChanged() throws Exception {
    try (MetricsEndpoint endpoint = endpoint()) {
      HttpRequest post =
          request(endpoint.port(), "/metrics")
              .POST(HttpRequest.BodyPublishers.ofString("x"))
              .build();

      assertThat(
              HttpClient.newHttpClient()
                  .send(post, HttpResponse.BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(405);
    }
  }

  @Test
  void theImagesHealthCheckSaysWhatTheRoleSays() throws Exception {
    try (MetricsEndpoint endpoint = endpoint()) {
      String port = String.valueOf(endpoint.port());

      assertThat(health(port, "/health")).isEqualTo("0: ok\n");
      assertThat(health(port)).startsWith("1: starting\nport " + port + ", /ready: found 'HTTP/1.");
    }
    assertThat(health("1")).startsWith("1: ");
  }

  private static String health(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", "../image/health"));
    command.addAll(List.of(arguments));
    Process script = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return script.waitFor() + ": " + output;
  }

  private static Tags part(String name) {
    return Tags.of("part", name);
  }

  private static void assertReady(MetricsEndpoint endpoint, int status, String body)
      throws Exception {
    HttpResponse<String> ready = get(endpoint.port(), "/ready");
    assertThat(ready.body()).isEqualTo(body);
    assertThat(ready.statusCode()).isEqualTo(status);
  }

  private static MetricsEndpoint endpoint() {
    return new MetricsEndpoint(HOST, 0, "teach", HEALTH);
  }

  private static String askedAs(String name, int port) throws Exception {
    try (Socket socket = new Socket(HOST, port)) {
      socket
          .getOutputStream()
          .write(
              ("GET /health HTTP/1.1\r\nHost: " + name + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(request(port, path).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest.Builder request(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://" + HOST + ":" + port + path));
  }
}
