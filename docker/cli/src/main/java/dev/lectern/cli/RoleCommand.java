package dev.lectern.cli;

import dev.lectern.cli.progress.Displays;
import dev.lectern.schemas.progress.Progress;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * A command that runs a role against Kafka: binds its settings, asks the broker, starts the
 * figures, runs, and stops on a signal.
 *
 * @param <C> the role's settings
 */
abstract class RoleCommand<C> implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connection;
  @Mixin private SettingOptions settings;
  @Mixin private MetricsOptions metrics;

  private final Class<C> configType;

  RoleCommand(Class<C> configType) {
    this.configType = configType;
  }

  /** A role that is ready to run. */
  interface Role {
    /** Runs to the end, or until it is stopped, and says on standard output what came of it. */
    Outcome run(PrintWriter out) throws Exception;

    /** Asks a running role to end soon; called from another thread. */
    void stop();

    /** How long it may take to end after {@link #stop()}. */
    default Duration timeout() {
      return Duration.ofMinutes(1);
    }
  }

  /**
   * Makes the role.
   *
   * @param kafka client properties
   */
  abstract Role role(
      C config, Map<String, Object> kafka, Progress.Factory progress, MeterRegistry registry)
      throws Exception;

  /** Settings that options stand for in another form, as {@code key=value}. */
  List<String> furtherSettings() {
    return List.of();
  }

  /** Whether the role reads from a broker, with these settings. */
  boolean needsBroker(C config) {
    return true;
  }

  @Override
  public Integer call() throws Exception {
    RoleSettings<C> bound =
        RoleSettings.bind(spec, connection, settings, furtherSettings(), configType);
    boolean needsBroker = needsBroker(bound.config());
    if (needsBroker) {
      BrokerCheck.answers(bound.kafka());
    }
    try (MetricsOptions.Figures figures =
        metrics.start(spec.name(), needsBroker ? bound.kafka() : null)) {
      Role role = role(bound.config(), bound.kafka(), Displays.standardError(), figures.registry());
      PrintWriter out = spec.commandLine().getOut();
      int exitCode = StopOnSignal.run(spec.name(), role.timeout(), role::stop, () -> role.run(out));
      out.flush();
      return exitCode;
    }
  }
}
