package dev.lectern.teacher.recording;

import dev.lectern.schemas.progress.Progress;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;

/**
 * One teacher worker, from its start to its end. Single use.
 *
 * <p>{@link #run()} blocks; {@link #stop()} may be called by any thread and lets the worker finish
 * what it has begun.
 */
public final class TeachApp {
  private final TeachConfig config;
  private final CountDownLatch stopped = new CountDownLatch(1);

  /**
   * @param config what to do
   * @param kafka client properties, at least {@code bootstrap.servers}
   */
  public TeachApp(
      TeachConfig config,
      Map<String, Object> kafka,
      Progress.Factory progress,
      MeterRegistry registry) {
    this(config, kafka, progress, registry, TeacherFactory.MODEL_FILE);
  }

  /** As above, with another way to make the teacher. */
  public TeachApp(
      TeachConfig config,
      Map<String, Object> kafka,
      Progress.Factory progress,
      MeterRegistry registry,
      TeacherFactory teachers) {
    this.config = Objects.requireNonNull(config);
  }

  /**
   * Records views until {@link #stop()} is called or, when the configuration says so, the recording
   * is sealed.
   *
   * @throws dev.lectern.schemas.config.UserMistakeException if the recording cannot be written as
   *     asked; nothing has been taken from the queue then
   */
  public void run() throws InterruptedException {
    stopped.await();
  }

  /** Asks the worker to end: begun views are finished, others released. Returns at once. */
  public void stop() {
    stopped.countDown();
  }
}
