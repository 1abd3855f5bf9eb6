package dev.lectern.bench;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.teacher.model.FixedTimeTeacher;
import dev.lectern.teacher.recording.TeachApp;
import dev.lectern.teacher.recording.TeachConfig;
import dev.lectern.teacher.recording.TeacherFactory;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * How fast one worker records, against how fast its teacher alone is.
 *
 * <p>Views are published to an embedded broker and recorded by a real worker in this process. The
 * teacher is a stand-in that takes a fixed time off the processor, or a real model on the CPU. The
 * rate is taken over the last three quarters of the views, so that joining the fleet and warming up
 * do not count.
 */
public final class PipelineBench {
  private static final List<String> STAGES = List.of("decode", "inference", "encode", "publish");
  private static final double WARM_UP = 0.25;

  private final Settings settings;
  private final Progress.Factory progress;

  /**
   * What is measured.
   *
   * @param views how many are recorded
   * @param batchSize views per call of the stand-in
   * @param batchTime what a call of the stand-in takes
   * @param real teacher or images instead of the stand-in's
   * @param worker further settings of the worker, {@code key=value}
   */
  public record Settings(
      int views, int batchSize, Duration batchTime, RealTeacher real, List<String> worker) {
    public Settings {
      worker = List.copyOf(worker);
    }
  }

  public PipelineBench(Settings settings, Progress.Factory progress) {
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Runs in a folder that may be thrown away afterwards.
   *
   * @return figures by name, for JSON
   */
  public Map<String, Object> run(Path folder) throws IOException, InterruptedException {
    Path descriptorFile = settings.real().descriptor();
    TeacherDescriptor descriptor;
    if (descriptorFile == null) {
      descriptor = FixedTimeDescriptor.ofBatch(settings.batchSize());
      descriptorFile = folder.resolve("fixed-time.yaml");
      DescriptorYaml.write(descriptor, descriptorFile);
    } else {
      descriptor = DescriptorYaml.read(descriptorFile);
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("broker"))) {
      Map<String, Object> kafka = Map.of("bootstrap.servers", broker.bootstrapServers());
      long views =
          BenchRecording.publish(
              folder, settings.views(), settings.real(), descriptor, kafka, progress);
      return record(descriptorFile, descriptor, kafka, views);
    }
  }

  private Map<String, Object> record(
      Path descriptorFile, TeacherDescriptor descriptor, Map<String, Object> kafka, long views)
      throws InterruptedException {
    TeachConfig config =
        BenchRecording.worker(descriptorFile, settings.real().model(), settings.worker());
    TeacherFactory teachers =
        settings.real().isStandIn()
            ? (c, d, kinds) -> new FixedTimeTeacher(d, kinds, settings.batchTime())
            : TeacherFactory.MODEL_FILE;
    MeterRegistry registry = new SimpleMeterRegistry();
    TeachApp app = new TeachApp(config, kafka, progress, registry, teachers);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      long start = System.nanoTime();
      Future<?> running =
          thread.submit(
              () -> {
                app.run();
                return null;
              });
      Mark warm = await(registry, running, Math.round(views * WARM_UP));
      Mark end = await(registry, running, views);
      app.stop();
      running.get();
      return figures(descriptor, config, registry, views, start, warm, end);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the worker failed", e.getCause());
    } finally {
      app.stop();
      thread.shutdown();
    }
  }

  /** Where the recording stood at a moment. */
  private record Mark(long nanos, long views, long processCpuNanos) {}

  private static Mark await(MeterRegistry registry, Future<?> running, long views)
      throws InterruptedException, ExecutionException {
    while (true) {
      long recorded = count(registry, "lectern.teacher.views");
      if (recorded >= views) {
        return new Mark(System.nanoTime(), recorded, processCpuNanos());
      }
      long lost = count(registry, "lectern.teacher.dead.letters");
      if (lost > 0) {
        throw new IllegalStateException(lost + " views became dead letters");
      }
      if (running.isDone()) {
        running.get();
        throw new IllegalStateException("the worker ended after " + recorded + " views");
      }
      Thread.sleep(5);
    }
  }

  private static long count(MeterRegistry registry, String name) {
    Counter counter = registry.find(name).counter();
    return counter == null ? 0 : (long) counter.count();
  }

  private static long processCpuNanos() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }

  private Map<String, Object> figures(
      TeacherDescriptor descriptor,
      TeachConfig config,
      MeterRegistry registry,
      long views,
      long start,
      Mark warm,
      Mark end) {
    double seconds = (end.nanos() - warm.nanos()) / 1e9;
    double measured = (end.views() - warm.views()) / seconds;
    Timer inference = Objects.requireNonNull(registry.find("lectern.teacher.inference").timer());
    double batchSeconds =
        settings.real().isStandIn()
            ? settings.batchTime().toNanos() / 1e9
            : inference.mean(TimeUnit.SECONDS);
    double own = descriptor.getBatchSize() / batchSeconds;

    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("benchmark", "pipeline");
    figures.put("teacher", descriptor.getName());
    figures.put("views", views);
    figures.put("batchSize", descriptor.getBatchSize());
    figures.put("batchMs", rounded(batchSeconds * 1e3));
    figures.put("teacherViewsPerSecond", rounded(own));
    figures.put("recordedViewsPerSecond", rounded(measured));
    figures.put("ratio", rounded(measured / own));
    figures.put("secondsToWarm", rounded((warm.nanos() - start) / 1e9));
    Map<String, Object> cpu = new LinkedHashMap<>();
    for (String stage : STAGES) {
      Timer timer = registry.find("lectern.teacher.cpu").tag("stage", stage).timer();
      cpu.put(
          stage, timer == null ? null : rounded(timer.totalTime(TimeUnit.MILLISECONDS) / views));
    }
    figures.put("cpuMsPerView", cpu);
    figures.put(
        "processCpuMsPerView",
        rounded(
            (end.processCpuNanos() - warm.processCpuNanos()) / 1e6 / (end.views() - warm.views())));
    long bytes = 0;
    for (Counter counter : registry.find("lectern.teacher.payload").counters()) {
      bytes += (long) counter.count();
    }
    figures.put("payloadBytesPerView", bytes / views);
    figures.put("threads", config.pipeline().threads());
    return figures;
  }

  private static double rounded(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.3f", value));
  }
}
