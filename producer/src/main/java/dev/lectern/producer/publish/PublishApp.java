package dev.lectern.producer.publish;

import dev.lectern.schemas.progress.Progress;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;

/**
 * Publishes one dataset: reads it, makes the views, writes them to Kafka and seals the manifest.
 *
 * <p>Single-use: {@link #run()} may be called once; {@link #stop()} at any time from any thread.
 */
public final class PublishApp {
  private volatile boolean stopping;

  /**
   * @param config what to publish
   * @param clientProperties of the Kafka clients, {@code bootstrap.servers} at least; they win over
   *     those of the configuration
   */
  public PublishApp(
      PublishConfig config,
      Map<String, ?> clientProperties,
      Progress.Factory progress,
      MeterRegistry meters) {}

  /**
   * Publishes until everything is committed or somebody stops it.
   *
   * @throws dev.lectern.schemas.config.UserMistakeException if the source cannot be read, the
   *     broker cannot be reached, or the dataset exists with another plan or source
   */
  public PublishResult run() {
    throw new UnsupportedOperationException("publishing is not there yet");
  }

  /** Asks a run to finish what is in flight and to return; it leaves the dataset OPEN. */
  public void stop() {
    stopping = true;
  }
}
