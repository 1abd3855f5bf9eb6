package dev.lectern.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class MetricsEndpointTest {
  private static final String HOST = "127.0.0.1";

  @Test
  void figuresAreServedInPrometheusTextFormat() throws Exception {
    try (MetricsEndpoint endpoint = new MetricsEndpoint(HOST, 0, "teach")) {
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
    try (MetricsEndpoint endpoint = new MetricsEndpoint(HOST, 0, "teach")) {
      assertThat(get(endpoint.port(), "/other").statusCode()).isEqualTo(404);
      assertThat(get(endpoint.port(), "/health").body()).isEqualTo("ok\n");
    }
  }

  @Test
  void aTakenPortIsAUserMistake() {
    try (MetricsEndpoint endpoint = new MetricsEndpoint(HOST, 0, "teach")) {
      int port = endpoint.port();
      assertThatThrownBy(() -> new MetricsEndpoint(HOST, port, "teach").close())
          .isInstanceOf(UserMistakeException.class)
          .hasMessageContaining("--metrics-port " + port + ": cannot listen on 127.0.0.1");
    }
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + HOST + ":" + port + path)).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }
}
