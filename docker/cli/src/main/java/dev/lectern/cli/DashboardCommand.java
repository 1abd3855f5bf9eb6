package dev.lectern.cli;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.watch.FleetReader;
import dev.lectern.watch.web.AccessToken;
import dev.lectern.watch.web.Dashboard;
import dev.lectern.watch.web.FleetFeed;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.CommonClientConfigs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lectern dashboard}: what the fleet and its students do, as a page in the browser. */
@Command(
    name = "dashboard",
    header = "Show the fleet and its students in the browser.",
    description = {
      "Serve one page that follows datasets, recordings, workers and runs, until Ctrl-C.",
      "It needs nothing from elsewhere, reads manifests and heartbeats, never a payload, and changes"
          + " nothing."
    })
final class DashboardCommand implements Callable<Integer> {
  private static final int KAFKA_TIMEOUT_MS = 10_000;

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connection;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "Port of the page; 0 for any free one.")
  private int port;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      defaultValue = "127.0.0.1",
      description =
          "Address to listen on; 0.0.0.0 for all. Where others can reach it, browsers must show a"
              + " token.")
  private String host;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "The token that browsers must show. Default: none on the loopback address, else a new one"
              + " that is printed.")
  private Path tokenFile;

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      defaultValue = "2",
      description = "Between two looks at the fleet.")
  private int interval;

  @Override
  public Integer call() throws Exception {
    if (port < 0 || port > 65535) {
      throw new UserMistakeException("--port " + port + ": expected 0 to 65535");
    }
    if (interval < 1 || interval > 3600) {
      throw new UserMistakeException("--interval " + interval + ": expected 1 to 3600");
    }
    AccessToken token = token();
    Map<String, Object> kafka = new HashMap<>(connection.clientProperties());
    BrokerCheck.answers(kafka);
    kafka.putIfAbsent(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, KAFKA_TIMEOUT_MS);
    kafka.putIfAbsent(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, KAFKA_TIMEOUT_MS / 2);
    CountDownLatch stop = new CountDownLatch(1);
    return StopOnSignal.run(
        spec.name(), Duration.ofSeconds(20), stop::countDown, () -> serve(kafka, token, stop));
  }

  private AccessToken token() {
    if (tokenFile != null) {
      return AccessToken.read(tokenFile);
    }
    return Dashboard.isLoopback(host) ? null : AccessToken.generated();
  }

  private Outcome serve(Map<String, Object> kafka, AccessToken token, CountDownLatch stop)
      throws InterruptedException {
    try (FleetReader reader = new FleetReader(kafka);
        FleetFeed feed = new FleetFeed(reader::snapshot, Duration.ofSeconds(interval));
        Dashboard dashboard = new Dashboard(host, port, token, feed)) {
      PrintWriter out = spec.commandLine().getOut();
      out.println("listening on http://" + authority(dashboard.port()) + "/");
      if (token != null && tokenFile == null) {
        out.println("token " + token.text());
      }
      out.flush();
      stop.await();
    }
    return Outcome.DONE;
  }

  private String authority(int realPort) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + realPort;
  }
}
