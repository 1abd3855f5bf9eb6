package dev.lectern.cli;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.Secrets;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.config.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lectern broker}: a single-node Kafka for development. */
@Command(
    name = "broker",
    header = "Run a single-node Kafka for development.",
    description = {
      "Run a single-node Kafka on 127.0.0.1 for development, until Ctrl-C.",
      "Started again on the same directory it continues with the same topics. Not for production:"
          + " one node, no replication."
    })
final class BrokerCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      defaultValue = "broker-data",
      description = "Where topics are kept; made when absent.")
  private Path dataDir;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "9092",
      description = "Port for clients; 0 for any free one.")
  private int port;

  @Option(
      names = "--kafka",
      paramLabel = "KEY=VALUE",
      showDefaultValue = Help.Visibility.NEVER,
      description = "A broker property, e.g. log.retention.hours=24. Repeatable.")
  private Map<String, String> kafka = new LinkedHashMap<>();

  @Mixin private MetricsOptions metrics;

  /** Whatever keeps it from starting is for the user to mend. */
  private EmbeddedBroker start() {
    try {
      return EmbeddedBroker.start(dataDir, port, kafka);
    } catch (UncheckedIOException e) {
      throw new UserMistakeException(
          "--data-dir " + dataDir + ": cannot be used: " + FileError.describe(e.getCause()), e);
    } catch (IllegalStateException e) {
      throw new UserMistakeException(e.getMessage(), e);
    } catch (ConfigException e) {
      // Without the cause, whose stack trace would quote what is masked here.
      throw new UserMistakeException("--kafka: " + Secrets.masked(e.getMessage(), kafka));
    }
  }

  @Override
  public Integer call() throws Exception {
    kafka.keySet().forEach(key -> Secrets.requireKafkaKey(key, "--kafka"));
    if (port < 0 || port > 65535) {
      throw new UserMistakeException("--port " + port + ": expected 0 to 65535");
    }
    CountDownLatch stop = new CountDownLatch(1);
    return StopOnSignal.run(
        "broker",
        Duration.ofMinutes(1),
        stop::countDown,
        () -> {
          MetricsOptions.Figures figures = metrics.start(spec.name(), null);
          try (EmbeddedBroker broker = start()) {
            spec.commandLine().getOut().println("listening on " + broker.bootstrapServers());
            spec.commandLine().getOut().flush();
            stop.await();
          } finally {
            figures.close();
          }
          return Outcome.DONE;
        });
  }
}
