package dev.lectern.watch.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.watch.FleetSnapshot;
import dev.lectern.watch.Fleets;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DashboardTest {
  private static final String LOOPBACK = "127.0.0.1";

  private final HttpClient client = HttpClient.newHttpClient();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Test
  void thePageComesWithItsFilesAndNeedsNothingFromElsewhere() throws Exception {
    Dashboard dashboard = start(null, Fleets::snapshot);

    HttpResponse<String> page = get(dashboard, "/");

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("content-type")).hasValue("text/html; charset=utf-8");
    assertThat(page.body()).doesNotContain("http://", "https://").contains("<title>Lectern");
    for (String file : List.of("/dashboard.css", "/dashboard.js", "/chart.js", "/icon.svg")) {
      assertThat(get(dashboard, file).statusCode()).as(file).isEqualTo(200);
    }
  }

  @Test
  void theFleetIsServedAsJsonThatNobodyKeeps() throws Exception {
    Dashboard dashboard = start(null, Fleets::snapshot);
    awaitFleet(dashboard);

    HttpResponse<String> status = get(dashboard, "/api/status?finish-by=2h");
    assertThat(get(dashboard, "/ready").body()).isEqualTo("ok\n");

    assertThat(status.headers().firstValue("cache-control")).hasValue("no-store");
    var json = new ObjectMapper().readTree(status.body());
    assertThat(json.at("/recordings/0/name").asText()).isEqualTo("mini-plus");
    assertThat(json.at("/finishBy/plans/0/recording").asText()).isEqualTo("mini-plus");
    HttpResponse<String> wrong = get(dashboard, "/api/status?finish-by=soon");
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body()).contains("expected a time as 18:30");
  }

  @Test
  void everyAnswerRestrictsWhatABrowserMayDo() throws Exception {
    Dashboard dashboard = start(null, Fleets::snapshot);

    for (String path : List.of("/", "/api/status", "/nothing")) {
      var headers = get(dashboard, path).headers();
      assertThat(headers.firstValue("content-security-policy").orElse(""))
          .as(path)
          .startsWith("default-src 'self';");
      assertThat(headers.firstValue("x-content-type-options")).as(path).hasValue("nosniff");
      assertThat(headers.firstValue("server")).as(path).isEmpty();
    }
    assertThat(get(dashboard, "/nothing").statusCode()).isEqualTo(404);
    assertThat(get(dashboard, "/../dashboard/index.html").statusCode()).isIn(400, 404);
  }

  @Test
  void nothingCanBeChanged() throws Exception {
    Dashboard dashboard = start(null, Fleets::snapshot);

    HttpRequest request =
        HttpRequest.newBuilder(uri(dashboard, "/api/status"))
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();

    assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(405);
  }

  @Test
  void everySnapshotIsSentToListeners() throws Exception {
    Dashboard dashboard = start(null, Fleets::snapshot);

    try (InputStream stream = events(dashboard)) {
      List<String> lines = lines(stream, 6);

      assertThat(lines.get(0)).isEqualTo("event: fleet");
      assertThat(lines.get(1)).startsWith("data: {\"version\":1,");
      assertThat(lines.get(2)).isEmpty();
      assertThat(lines.get(3)).isEqualTo("event: fleet");
    }
  }

  @Test
  void aBrokerThatIsGoneIsSaidAndWhatWasSeenStays() throws Exception {
    List<FleetSnapshot> snapshots = new ArrayList<>(List.of(Fleets.snapshot()));
    Dashboard dashboard =
        start(
            null,
            () -> {
              if (snapshots.isEmpty()) {
                throw new org.apache.kafka.common.errors.TimeoutException("no answer");
              }
              return snapshots.remove(0);
            });
    awaitFleet(dashboard);

    try (InputStream stream = events(dashboard)) {
      String first = String.join("\n", lines(stream, 6));
      assertThat(first).contains("event: failure\ndata: {\"message\":\"no answer\"}");
    }
    assertThat(get(dashboard, "/api/status").statusCode()).isEqualTo(200);
    assertThat(get(dashboard, "/health").statusCode()).isEqualTo(200);
    assertThat(get(dashboard, "/ready").statusCode()).isEqualTo(503);
    assertThat(get(dashboard, "/ready").body()).isEqualTo("no answer\n");
  }

  @Test
  void anotherNameForTheLoopbackAddressIsRefused() throws Exception {
    Dashboard dashboard = start(null, Fleets::snapshot);

    try (Socket socket = new Socket(LOOPBACK, dashboard.port())) {
      socket
          .getOutputStream()
          .write(
              "GET /api/status HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(answer).startsWith("HTTP/1.1 421").doesNotContain("recordings");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/status", "/api/events", "/dashboard.js", "/nothing"})
  void withoutTheTokenNothingIsShown(String path) throws Exception {
    Dashboard dashboard = start(AccessToken.generated(), Fleets::snapshot);

    HttpResponse<String> answer = get(dashboard, path, "Authorization", "Bearer wrong");

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).isEqualTo("token needed\n");
  }

  @Test
  void aBrowserShowsTheTokenOnce() throws Exception {
    AccessToken token = AccessToken.generated();
    Dashboard dashboard = start(token, Fleets::snapshot);

    HttpResponse<String> asked = get(dashboard, "/");
    HttpResponse<String> wrong = login(dashboard, "wrong");
    HttpResponse<String> right = login(dashboard, token.text());

    assertThat(asked.statusCode()).isEqualTo(401);
    assertThat(asked.body()).contains("<form method=\"post\" action=\"/login\">");
    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(wrong.headers().firstValue("set-cookie")).isEmpty();
    assertThat(right.statusCode()).isEqualTo(303);
    assertThat(right.headers().firstValue("location"))
        .hasValueSatisfying(to -> assertThat(to).endsWith("/"));
    String cookie = right.headers().firstValue("set-cookie").orElseThrow();
    assertThat(cookie).contains("HttpOnly").contains("SameSite=Strict");
    String pair = cookie.substring(0, cookie.indexOf(';'));
    assertThat(get(dashboard, "/", "Cookie", pair).body()).contains("<h2 id=\"runs-title\">");
    assertThat(get(dashboard, "/?token=" + token.text(), "Accept", "*/*").statusCode())
        .isEqualTo(303);
    assertThat(
            get(dashboard, "/api/events", "Authorization", "Bearer " + token.text() + "x")
                .statusCode())
        .isEqualTo(401);
  }

  @Test
  void anAddressThatOthersReachNeedsAToken() {
    assertThatThrownBy(() -> start("0.0.0.0", null, Fleets::snapshot))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("--host 0.0.0.0");
  }

  @Test
  void aTakenPortIsAUserMistake() {
    Dashboard dashboard = start(null, Fleets::snapshot);

    assertThatThrownBy(
            () -> new Dashboard(LOOPBACK, dashboard.port(), null, feed(Fleets::snapshot)).close())
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("--port " + dashboard.port() + ": cannot listen on 127.0.0.1");
  }

  @Test
  void aTokenFileMustHoldAToken(@TempDir Path dir) throws Exception {
    Path file = Files.writeString(dir.resolve("token"), "short\n");

    assertThatThrownBy(() -> AccessToken.read(file))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found 5 characters, expected 16 or more");
    Files.writeString(file, "0123456789abcdef\n");
    assertThat(AccessToken.read(file).matches("0123456789abcdef")).isTrue();
    assertThat(AccessToken.read(file).matches("0123456789abcdeg")).isFalse();
    assertThat(AccessToken.read(file).matches(null)).isFalse();
    assertThat(AccessToken.generated().text()).hasSize(43);
  }

  private Dashboard start(AccessToken token, Supplier<FleetSnapshot> source) {
    return start(LOOPBACK, token, source);
  }

  private Dashboard start(String host, AccessToken token, Supplier<FleetSnapshot> source) {
    Dashboard dashboard = new Dashboard(host, 0, token, feed(source));
    open.add(0, dashboard);
    return dashboard;
  }

  private FleetFeed feed(Supplier<FleetSnapshot> source) {
    FleetFeed feed = new FleetFeed(source, Duration.ofMillis(50));
    open.add(0, feed);
    return feed;
  }

  private static URI uri(Dashboard dashboard, String path) {
    return URI.create("http://" + LOOPBACK + ":" + dashboard.port() + path);
  }

  private HttpResponse<String> get(Dashboard dashboard, String path, String... headers)
      throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(dashboard, path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> login(Dashboard dashboard, String token) throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri(dashboard, "/login"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString("token=" + token))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private InputStream events(Dashboard dashboard) throws Exception {
    HttpResponse<InputStream> answer =
        client.send(
            HttpRequest.newBuilder(uri(dashboard, "/api/events")).build(),
            HttpResponse.BodyHandlers.ofInputStream());
    assertThat(answer.headers().firstValue("content-type"))
        .hasValue("text/event-stream; charset=utf-8");
    return answer.body();
  }

  private void awaitFleet(Dashboard dashboard) {
    Awaitility.await().until(() -> get(dashboard, "/api/status").statusCode() == 200);
  }

  private static List<String> lines(InputStream stream, int count) throws Exception {
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    List<String> lines = new ArrayList<>();
    while (lines.size() < count) {
      lines.add(reader.readLine());
    }
    return lines;
  }
}
