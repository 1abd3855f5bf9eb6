package dev.lectern.bench;

import static dev.lectern.bench.Figures.rounded;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.RecordingVerifier;
import dev.lectern.schemas.log.Verification;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.teacher.ledger.LedgerApp;
import dev.lectern.teacher.model.FixedTimeTeacher;
import dev.lectern.teacher.recording.TeachApp;
import dev.lectern.trainer.replay.EpochOrder;
import dev.lectern.trainer.replay.Part;
import dev.lectern.trainer.replay.RecordingSet;
import dev.lectern.trainer.replay.ReplayStore;
import dev.lectern.trainer.replay.StoreSize;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What grows with the views of a recording: how long each role takes to start on recordings of
 * several sizes, and how much of the heap it then holds.
 *
 * <p>Each size has a broker of its own, made-up images of 32 x 32 pixels, and real producer, worker
 * and ledger; the tensors are those of a stand-in.
 */
final class GrowthBench {
  /** Where a ledger is stopped and started again, so that it has most of its state by then. */
  private static final double RESTART_AT = 0.9;

  private static final int SIDE = 32;
  private static final int BATCH = 64;
  private static final int STORED_BYTES = 1024;

  private final List<Integer> sizes;
  private final Progress.Factory progress;

  /**
   * @param sizes numbers of views, ascending
   */
  GrowthBench(List<Integer> sizes, Progress.Factory progress) {
    this.sizes = List.copyOf(sizes);
    this.progress = progress;
  }

  /**
   * Runs in a folder that may be thrown away afterwards.
   *
   * @return figures by name, for JSON
   */
  Map<String, Object> run(Path folder) throws IOException, InterruptedException {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int views : sizes) {
      try (ScratchFolder own = ScratchFolder.in(folder)) {
        rows.add(measure(own.path(), views));
      }
    }
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("benchmark", "growth");
    figures.put("sizes", rows);
    figures.put("exponents", exponents(rows));
    return figures;
  }

  private Map<String, Object> measure(Path folder, int views)
      throws IOException, InterruptedException {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("views", views);
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("broker"))) {
      Map<String, Object> kafka = Map.of("bootstrap.servers", broker.bootstrapServers());
      TeacherDescriptor teacher = FixedTimeDescriptor.of(BATCH, SIDE);
      HeapAtTheEnd heap = new HeapAtTheEnd(progress);
      long start = System.nanoTime();
      BenchRecording.publish(folder, views, RealTeacher.NONE, teacher, kafka, heap);
      row.put("publishSeconds", rounded(since(start) - heap.seconds()));
      held(row, "producer", heap.held(), views);
      record(folder, teacher, kafka, views, row);
      seal(folder, kafka, views, row);
      startTrainer(kafka, views, row);
      verify(kafka, views, row);
    }
    openStore(folder.resolve("store"), views, row);
    return row;
  }

  private static void held(Map<String, Object> row, String role, long bytes, int views) {
    row.put(role + "BytesPerView", rounded(bytes / (double) views));
  }

  private void record(
      Path folder,
      TeacherDescriptor teacher,
      Map<String, Object> kafka,
      int views,
      Map<String, Object> row)
      throws IOException, InterruptedException {
    Path file = folder.resolve("fixed-time.yaml");
    DescriptorYaml.write(teacher, file);
    MeterRegistry meters = new SimpleMeterRegistry();
    TeachApp app =
        new TeachApp(
            BenchRecording.worker(file, null, List.of()),
            kafka,
            progress,
            meters,
            (config, descriptor, kinds) -> new FixedTimeTeacher(descriptor, kinds, Duration.ZERO));
    long before = HeapAtTheEnd.used();
    long start = System.nanoTime();
    during(
        app::run,
        app::stop,
        running -> {
          while (count(meters) < views) {
            alive(running);
          }
          row.put("recordSeconds", since(start));
          held(row, "worker", HeapAtTheEnd.used() - before, views);
        });
  }

  private static long count(MeterRegistry meters) {
    Counter counter = meters.find("lectern.teacher.views").counter();
    return counter == null ? 0 : (long) counter.count();
  }

  /** Lets a ledger read most of the recording, stops it, and lets another one seal. */
  private void seal(Path folder, Map<String, Object> kafka, int views, Map<String, Object> row)
      throws InterruptedException {
    long recorded = Math.round(views * RESTART_AT);
    ledger(folder, kafka, recorded, "ledger", row);
    ledger(folder, kafka, recorded, "ledgerRestart", row);
    long start = System.nanoTime();
    LedgerApp last = BenchRecording.ledger(folder, kafka, progress, new SimpleMeterRegistry());
    last.run();
    row.put("sealSeconds", since(start));
  }

  /** Runs a ledger until it has so many views, or has sealed. */
  private void ledger(
      Path folder, Map<String, Object> kafka, long recorded, String name, Map<String, Object> row)
      throws InterruptedException {
    MeterRegistry meters = new SimpleMeterRegistry();
    LedgerApp app = BenchRecording.ledger(folder, kafka, progress, meters);
    Gauge gauge = meters.find("lectern.ledger.recorded").gauge();
    long before = HeapAtTheEnd.used();
    long start = System.nanoTime();
    during(
        app::run,
        app::stop,
        running -> {
          while (gauge.value() < recorded && !running.isDone()) {
            Thread.sleep(5);
          }
          row.put(name + "Seconds", since(start));
          held(row, name, HeapAtTheEnd.used() - before, (int) recorded);
        });
  }

  private static void startTrainer(Map<String, Object> kafka, int views, Map<String, Object> row) {
    long before = HeapAtTheEnd.used();
    long start = System.nanoTime();
    try (RecordingSet recordings = RecordingSet.open(kafka, List.of(BenchRecording.NAME))) {
      String split = recordings.dataset().getSplits().keySet().iterator().next();
      SortedMap<String, List<IndexEntry>> entries = recordings.entries(split);
      List<String> order = EpochOrder.of(entries.keySet(), 1, 0);
      row.put("trainerStartSeconds", since(start));
      held(row, "trainer", HeapAtTheEnd.used() - before, views);
      if (order.size() != views || entries.size() != views) { // both are held until here
        throw new IllegalStateException("found " + order.size() + " views, expected " + views);
      }
    }
  }

  private void verify(Map<String, Object> kafka, int views, Map<String, Object> row) {
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      HeapAtTheEnd heap = new HeapAtTheEnd(progress);
      long start = System.nanoTime();
      Verification found =
          new RecordingVerifier(kafka, heap)
              .verify(manifests.requireRecording(BenchRecording.NAME));
      row.put("verifySeconds", rounded(since(start) - heap.seconds()));
      held(row, "verify", heap.held(), views);
      if (!found.isSound()) {
        throw new IllegalStateException("the recording is not sound: " + found);
      }
    }
  }

  private static void openStore(Path folder, int views, Map<String, Object> row)
      throws IOException {
    Files.createDirectories(folder);
    ByteBuffer payload = ByteBuffer.allocate(STORED_BYTES);
    byte[] fingerprint = new byte[32];
    try (ReplayStore store = store(folder)) {
      for (int view = 0; view < views; view++) {
        store.append(view + "#0", Part.VIEW, fingerprint, payload.duplicate());
      }
    }
    long before = HeapAtTheEnd.used();
    long start = System.nanoTime();
    try (ReplayStore store = store(folder)) {
      if (!store.holds(views - 1 + "#0", Part.VIEW, fingerprint)) {
        throw new IllegalStateException("the store lost a view");
      }
      row.put("storeOpenSeconds", since(start));
      held(row, "store", HeapAtTheEnd.used() - before, views);
    }
  }

  private static ReplayStore store(Path folder) {
    return ReplayStore.open(folder, StoreSize.unlimited(StoreSize.DEFAULT_SEGMENT_BYTES));
  }

  /** An app that runs until it is stopped or done. */
  private interface App {
    void run() throws IOException, InterruptedException;
  }

  /** What is done while it runs. */
  private interface Watch {
    void over(Future<?> running) throws InterruptedException, ExecutionException;
  }

  private static void during(App app, Runnable stop, Watch watch) throws InterruptedException {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> running =
          thread.submit(
              () -> {
                app.run();
                return null;
              });
      watch.over(running);
      stop.run();
      running.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a role failed", e.getCause());
    } finally {
      stop.run();
      thread.shutdown();
    }
  }

  private static void alive(Future<?> running) throws InterruptedException, ExecutionException {
    if (running.isDone()) {
      running.get();
      throw new IllegalStateException("the worker ended early");
    }
    Thread.sleep(5);
  }

  private static double since(long start) {
    return rounded((System.nanoTime() - start) / 1e9);
  }

  /** Of the law between the two largest sizes: 0 is constant, 1 linear. */
  private static Map<String, Object> exponents(List<Map<String, Object>> rows) {
    Map<String, Object> exponents = new LinkedHashMap<>();
    if (rows.size() < 2) {
      return exponents;
    }
    Map<String, Object> last = rows.get(rows.size() - 1);
    Map<String, Object> before = rows.get(rows.size() - 2);
    double growth = Math.log(number(last, "views") / number(before, "views"));
    for (String key : last.keySet()) {
      if (key.endsWith("Seconds")) {
        exponents.put(key, rounded(Math.log(number(last, key) / number(before, key)) / growth));
      }
    }
    return exponents;
  }

  private static double number(Map<String, Object> row, String key) {
    return ((Number) row.get(key)).doubleValue();
  }
}
