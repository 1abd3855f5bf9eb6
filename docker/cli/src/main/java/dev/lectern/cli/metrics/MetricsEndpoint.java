package dev.lectern.cli.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lectern.schemas.config.UserMistakeException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /metrics} in Prometheus' text format, with the figures of one role and of its JVM.
 *
 * <p>{@code GET /health} answers 200 while the role lives, {@code GET /ready} while it gets on with
 * its work, else 503 with a line for each reason. One daemon thread serves; scrapes never wait for
 * the role.
 */
public final class MetricsEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsEndpoint.class);
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final HttpServer server;
  private final ExecutorService thread;

  /**
   * Starts serving.
   *
   * @param host address to listen on
   * @param port 0 for any free one
   * @param role value of the tag {@code role} on every figure
   * @param health what to say of it
   * @throws UserMistakeException if the port is taken or the host is not one of this machine
   */
  public MetricsEndpoint(String host, int port, String role, Health health) {
    registry.config().commonTags("role", role);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    gc.bindTo(registry);
    try {
      server = HttpServer.create(new InetSocketAddress(host, port), 16);
    } catch (IOException | IllegalArgumentException e) {
      throw new UserMistakeException(
          "--metrics-port " + port + ": cannot listen on " + host + ": " + e.getMessage(), e);
    }
    thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread t = new Thread(task, "lectern-metrics");
              t.setDaemon(true);
              return t;
            });
    server.setExecutor(thread);
    server.createContext("/", exchange -> answer(exchange, 404, "try /metrics\n"));
    server.createContext("/health", exchange -> answer(exchange, health.deadly(registry)));
    server.createContext("/ready", exchange -> answer(exchange, health.hindering(registry)));
    server.createContext("/metrics", exchange -> answer(exchange, 200, registry.scrape()));
    server.start();
    LOG.info("metrics endpoint=http://{}:{}/metrics", host, port());
  }

  /** Where a role puts its figures. */
  public MeterRegistry registry() {
    return registry;
  }

  /** The port that is really used. */
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    thread.shutdown();
    gc.close();
    registry.close();
  }

  private static void answer(HttpExchange exchange, List<String> problems) throws IOException {
    answer(
        exchange,
        problems.isEmpty() ? 200 : 503,
        problems.isEmpty() ? "ok\n" : String.join("\n", problems) + "\n");
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("GET")) {
        exchange.sendResponseHeaders(405, -1);
        return;
      }
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", TEXT);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
