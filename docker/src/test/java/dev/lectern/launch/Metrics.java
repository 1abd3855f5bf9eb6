package dev.lectern.launch;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What roles show at {@code /metrics}, and what queries ask for. */
final class Metrics {
  private static final Pattern NAME = Pattern.compile("\\b((?:lectern|jvm|process)_[a-z0-9_]+)\\b");
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  private Metrics() {}

  /** The body, or null where nobody answers with 200. */
  static String get(int port, String path) throws InterruptedException {
    Answer answer = ask(port, path);
    return answer.status() == 200 ? answer.body() : null;
  }

  /**
   * What somebody answers.
   *
   * @param status 0 where nobody does
   */
  record Answer(int status, String body) {}

  static Answer ask(int port, String path, String... headers) throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(5));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      HttpResponse<String> response =
          HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body());
    } catch (IOException e) {
      return new Answer(0, "");
    }
  }

  /** Names of all samples in Prometheus' text format. */
  static Set<String> exposed(String text) {
    Set<String> names = new TreeSet<>();
    text.lines()
        .filter(line -> !line.startsWith("#") && !line.isBlank())
        .forEach(line -> names.add(line.split("[{ ]", 2)[0]));
    return names;
  }

  /** Names of metrics in PromQL. */
  static Set<String> asked(String promql) {
    Set<String> names = new TreeSet<>();
    Matcher name = NAME.matcher(promql);
    while (name.find()) {
      names.add(name.group(1));
    }
    return names;
  }

  /** The sum of all samples of a name. */
  static double sum(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
