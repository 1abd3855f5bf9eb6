package dev.lectern.producer.publish;

import dev.lectern.producer.dataset.Problem;
import dev.lectern.producer.dataset.UnusableImageException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** The meters of a publish: {@code lectern.producer.*}. */
final class ProducerMeters {
  /** Reading one image file and checking its structure. */
  final Timer open;

  /** Decoding one image. */
  final Timer decode;

  /** Making the canvas of one view. */
  final Timer render;

  /** PNG or JPEG encoding of one view. */
  final Timer encode;

  /** From handing a view to the client until its catalog entry is acknowledged. */
  final Timer commit;

  private final Counter views;
  private final Counter bytes;
  private final MeterRegistry registry;

  ProducerMeters(MeterRegistry registry) {
    this.registry = registry;
    open = registry.timer("lectern.producer.open");
    decode = registry.timer("lectern.producer.decode");
    render = registry.timer("lectern.producer.render");
    encode = registry.timer("lectern.producer.encode");
    commit = registry.timer("lectern.producer.commit");
    views = registry.counter("lectern.producer.views");
    bytes =
        Counter.builder("lectern.producer.bytes")
            .baseUnit("bytes")
            .description("encoded pixels of committed views")
            .register(registry);
  }

  /** A part of the work on an image or a view. */
  @FunctionalInterface
  interface Step<T> {
    T run() throws UnusableImageException;
  }

  static <T> T time(Timer timer, Step<T> step) throws UnusableImageException {
    long start = System.nanoTime();
    T result = step.run();
    timer.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    return result;
  }

  void committed(long pixelBytes) {
    views.increment();
    bytes.increment(pixelBytes);
  }

  void problem(Problem problem) {
    registry.counter("lectern.producer.problems", "problem", problem.label()).increment();
  }

  void watch(ByteBudget inFlight) {
    Gauge.builder("lectern.producer.in.flight", inFlight, ByteBudget::used)
        .baseUnit("bytes")
        .description("views sent and not yet committed")
        .register(registry);
  }
}
