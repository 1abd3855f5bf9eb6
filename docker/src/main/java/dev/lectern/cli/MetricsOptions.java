package dev.lectern.cli;

import dev.lectern.cli.metrics.MetricsEndpoint;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import picocli.CommandLine.Option;

/** Whether and where a role shows its figures. */
final class MetricsOptions {
  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      description =
          "Serve Prometheus figures at http://HOST:PORT/metrics; 0 takes any free port and logs it."
              + " Off unless given.")
  private Integer port;

  @Option(
      names = "--metrics-host",
      paramLabel = "HOST",
      defaultValue = "127.0.0.1",
      description = "Address that --metrics-port listens on; 0.0.0.0 for all.")
  private String host;

  /** Figures of a role, shown or not. */
  interface Figures extends AutoCloseable {
    MeterRegistry registry();

    @Override
    void close();
  }

  /** Starts the endpoint where one was asked for. */
  Figures start(String role) {
    if (port == null) {
      SimpleMeterRegistry unseen = new SimpleMeterRegistry();
      return figures(unseen, unseen::close);
    }
    MetricsEndpoint endpoint = new MetricsEndpoint(host, port, role);
    return figures(endpoint.registry(), endpoint::close);
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
