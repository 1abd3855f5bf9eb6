package dev.lectern.cli;

import dev.lectern.cli.metrics.BrokerWatch;
import dev.lectern.cli.metrics.Health;
import dev.lectern.cli.metrics.MetricsEndpoint;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.Option;

/** Whether and where a role shows its figures. */
final class MetricsOptions {
  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      defaultValue = "${env:LECTERN_METRICS_PORT}",
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "Serve Prometheus figures at http://HOST:PORT/metrics; 0 takes any free port and logs it."
              + " Default: $LECTERN_METRICS_PORT; off without it.")
  private Integer port;

  @Option(
      names = "--metrics-host",
      paramLabel = "HOST",
      defaultValue = "${env:LECTERN_METRICS_HOST:-127.0.0.1}",
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "Address that --metrics-port listens on; 0.0.0.0 for all. Default:"
              + " $LECTERN_METRICS_HOST, or 127.0.0.1.")
  private String host;

  /** Figures of a role, shown or not. */
  interface Figures extends AutoCloseable {
    MeterRegistry registry();

    @Override
    void close();
  }

  /**
   * Starts the endpoint where one was asked for.
   *
   * @param kafka client properties; null if the role needs no broker
   */
  Figures start(String role, Map<String, ?> kafka) {
    if (port == null) {
      SimpleMeterRegistry unseen = new SimpleMeterRegistry();
      return figures(unseen, unseen::close);
    }
    BrokerWatch broker = kafka == null ? null : new BrokerWatch(kafka);
    MetricsEndpoint endpoint;
    try {
      endpoint = new MetricsEndpoint(host, port, role, new Health(role, broker));
    } catch (RuntimeException e) {
      close(broker);
      throw e;
    }
    return figures(
        endpoint.registry(),
        () -> {
          endpoint.close();
          close(broker);
        });
  }

  private static void close(BrokerWatch broker) {
    if (broker != null) {
      broker.close();
    }
  }

  private static Figures figures(MeterRegistry registry, Runnable close) {
    return new Figures() {
      @Override
      public MeterRegistry registry() {
        return registry;
      }

      @Override
      public void close() {
        close.run();
      }
    };
  }
}
