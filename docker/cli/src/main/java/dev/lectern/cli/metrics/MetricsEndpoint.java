package dev.lectern.cli.metrics;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.watch.web.HostCheck;
import dev.lectern.watch.web.Responses;
import dev.lectern.watch.web.WebServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /metrics} in Prometheus' text format, with the figures of one role and of its JVM.
 *
 * <p>{@code GET /health} answers 200 while the role lives, {@code GET /ready} while it gets on with
 * its work, else 503 with a line for each reason. Scrapes never wait for the role, nor for a client
 * that sends half a request.
 */
public final class MetricsEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsEndpoint.class);
  private static final String FIGURES = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final WebServer server;

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
    server =
        new WebServer(
            "lectern-metrics",
            host,
            port,
            "--metrics-port",
            new HostCheck(new Pages(health), WebServer.isLoopback(host, "--metrics-host")));
    LOG.info("metrics endpoint=http://{}:{}/metrics", host, port());
  }

  /** Where a role puts its figures. */
  public MeterRegistry registry() {
    return registry;
  }

  /** The port in use. */
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
    gc.close();
    registry.close();
  }

  private final class Pages extends Handler.Abstract {
    private final Health health;

    Pages(Health health) {
      this.health = health;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      if (!Responses.reads(request)) {
        return Responses.onlyGet(response, callback);
      }
      return switch (Request.getPathInContext(request)) {
        case "/health" -> Responses.health(response, callback, health.livenessProblems(registry));
        case "/ready" -> Responses.health(response, callback, health.readinessProblems(registry));
        case "/metrics" ->
            Responses.text(response, callback, HttpStatus.OK_200, FIGURES, registry.scrape());
        default -> Responses.text(response, callback, HttpStatus.NOT_FOUND_404, "try /metrics\n");
      };
    }
  }
}
