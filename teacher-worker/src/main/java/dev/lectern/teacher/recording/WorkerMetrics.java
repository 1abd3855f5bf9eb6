package dev.lectern.teacher.recording;

import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.status.Liveness;
import dev.lectern.schemas.status.TeacherWait;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What a worker counts and times: {@code lectern.teacher.*}.
 *
 * <p>A stage's timer counts views (inference: batches) and their wall time. {@code
 * lectern.teacher.cpu} with tag {@code stage} sums the processor time of the threads that run the
 * stage; threads that an engine or the Kafka client keeps for itself are not in it. {@code
 * lectern.teacher.wait} with tag {@code for} sums the time that the teacher waited, {@code
 * lectern.teacher.silence} with tag {@code part} is the number of seconds since the teacher or a
 * lane last made progress.
 */
final class WorkerMetrics {
  /** Parts of the work on a view. */
  enum Part {
    DECODE,
    BATCH,
    INFERENCE,
    ENCODE,
    PUBLISH
  }

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Map<Part, Timer> wall = new EnumMap<>(Part.class);
  private final Map<Part, Timer> cpu = new EnumMap<>(Part.class);
  private final Map<TeacherWait, Timer> waits = new EnumMap<>(TeacherWait.class);
  private final Map<TensorKind, Counter> bytes = new EnumMap<>(TensorKind.class);
  private final Counter views;
  private final Counter deadLetters;
  private final Counter redeliveries;
  private final Counter releases;
  private final Counter lateAcknowledgements;
  private final Counter renewals;
  private final InFlight inFlight = new InFlight();
  private final Liveness inference = new Liveness();
  private final Collection<Liveness> lanes = new CopyOnWriteArrayList<>();
  private final DistributionSummary batchViews;
  private final MeterRegistry registry;

  WorkerMetrics(MeterRegistry registry) {
    this.registry = registry;
    for (Part stage : Part.values()) {
      String name = stage.name().toLowerCase(Locale.ROOT);
      wall.put(stage, registry.timer("lectern.teacher." + name));
      cpu.put(stage, registry.timer("lectern.teacher.cpu", "stage", name));
    }
    for (TeacherWait wait : TeacherWait.values()) {
      String name = wait.name().toLowerCase(Locale.ROOT);
      waits.put(wait, registry.timer("lectern.teacher.wait", "for", name));
    }
    for (TensorKind kind : TensorKind.values()) {
      String name = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
      bytes.put(
          kind,
          Counter.builder("lectern.teacher.payload")
              .baseUnit("bytes")
              .tag("kind", name)
              .register(registry));
    }
    views = registry.counter("lectern.teacher.views");
    deadLetters = registry.counter("lectern.teacher.dead.letters");
    redeliveries = registry.counter("lectern.teacher.redeliveries");
    releases = registry.counter("lectern.teacher.releases");
    lateAcknowledgements = registry.counter("lectern.teacher.late.acknowledgements");
    renewals = registry.counter("lectern.teacher.renewals");
    batchViews = registry.summary("lectern.teacher.batch.views");
    silence("inference", List.of(inference));
    silence("lanes", lanes);
  }

  private void silence(String part, Collection<Liveness> parts) {
    Gauge.builder(
            "lectern.teacher.silence",
            parts,
            all -> all.stream().mapToDouble(Liveness::silentSeconds).max().orElse(0))
        .description("seconds since this part last went on")
        .tag("part", part)
        .strongReference(true)
        .register(registry);
  }

  /** Runs a stage's work on the calling thread and times it, also when it fails. */
  <T> T time(Part stage, Supplier<T> work) {
    long wallStart = System.nanoTime();
    long cpuStart = cpuNow();
    try {
      return work.get();
    } finally {
      cpu.get(stage).record(cpuNow() - cpuStart, TimeUnit.NANOSECONDS);
      wall.get(stage).record(System.nanoTime() - wallStart, TimeUnit.NANOSECONDS);
    }
  }

  /** As above, without a result. */
  void timed(Part stage, Runnable work) {
    time(
        stage,
        () -> {
          work.run();
          return null;
        });
  }

  /** Of the thread that runs the teacher; it is silent while a batch is computed. */
  Liveness inference() {
    return inference;
  }

  /** Of one more lane. */
  Liveness lane() {
    Liveness lane = new Liveness();
    lanes.add(lane);
    return lane;
  }

  /** Where the views are that the worker holds. */
  InFlight inFlight() {
    return inFlight;
  }

  /** The teacher waited since {@code startNanos}. */
  void waited(TeacherWait wait, long startNanos) {
    waits.get(wait).record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
  }

  /** Processor time of sending; the wall time of publishing ends with the acknowledgement. */
  void sent(long cpuNanos) {
    cpu.get(Part.PUBLISH).record(cpuNanos, TimeUnit.NANOSECONDS);
  }

  /** Processor time that the calling thread has used, nanoseconds. */
  static long cpuNow() {
    return THREADS.getCurrentThreadCpuTime();
  }

  void published(TensorKind kind, long payloadBytes) {
    bytes.get(kind).increment(payloadBytes);
  }

  void recorded(long publishNanos) {
    wall.get(Part.PUBLISH).record(publishNanos, TimeUnit.NANOSECONDS);
    views.increment();
  }

  void deadLettered() {
    deadLetters.increment();
  }

  void released() {
    releases.increment();
  }

  void delivered(int attempts) {
    if (attempts > 1) {
      redeliveries.increment();
    }
  }

  void renewed(int records) {
    renewals.increment(records);
  }

  void lateAcknowledgements(int records) {
    lateAcknowledgements.increment(records);
  }

  void batch(int size) {
    batchViews.record(size);
  }

  /** Shows how many views wait between decoding and inference. */
  void watchQueue(Stage<?> batch) {
    registry.gauge("lectern.teacher.queue", batch, Stage::waiting);
  }

  /** Seconds of wall time of a stage so far. */
  double seconds(Part stage) {
    return wall.get(stage).totalTime(TimeUnit.SECONDS);
  }

  /** Seconds that the teacher waited so far. */
  double seconds(TeacherWait wait) {
    return waits.get(wait).totalTime(TimeUnit.SECONDS);
  }

  /** Calls of the teacher so far. */
  long inferences() {
    return wall.get(Part.INFERENCE).count();
  }

  /** Batches put together so far; some may still wait for the teacher. */
  long batches() {
    return batchViews.count();
  }

  /** Views in all batches so far. */
  double batchedViews() {
    return batchViews.totalAmount();
  }

  /** Bytes of all acknowledged payloads so far. */
  long payloadBytes() {
    return (long) bytes.values().stream().mapToDouble(Counter::count).sum();
  }

  long recordedViews() {
    return (long) views.count();
  }

  long deadLetters() {
    return (long) deadLetters.count();
  }

  long redeliveries() {
    return (long) redeliveries.count();
  }
}
