package dev.lectern.bench;

import static dev.lectern.bench.Figures.median;
import static dev.lectern.bench.Figures.rounded;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.EpochPlan;
import dev.lectern.trainer.replay.FloatArray;
import dev.lectern.trainer.replay.ReplayBatch;
import dev.lectern.trainer.replay.ReplayConfig;
import dev.lectern.trainer.replay.ReplayStore;
import dev.lectern.trainer.replay.StoreSize;
import dev.lectern.trainer.replay.StoredOutputs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The replay store under one encoding: written, then read in random order, as often as asked. */
final class StoreMeasurement {
  private final TensorEncoding encoding;
  private final SampleOutputs sample;
  private final int views;
  private final ReplayBench.Settings settings;
  private final TensorWriter writer = new TensorWriter();
  private final RecordingManifest recording = new RecordingManifest();
  private final Random random = new Random(1);
  private final List<Double> writeSeconds = new ArrayList<>();
  private final List<Double> perSecond = new ArrayList<>();
  private final List<Double> perCpuSecond = new ArrayList<>();
  private List<List<Long>> resident = List.of();
  private long storedBytes;
  private double worstError;

  StoreMeasurement(TensorEncoding encoding, SampleOutputs sample, ReplayBench.Settings settings) {
    this.encoding = encoding;
    this.sample = sample;
    this.views = settings.views();
    this.settings = settings;
    recording.setName("bench");
    recording.setDescriptor(sample.descriptor());
    recording.setEncodings(sample.outputs().keySet().stream().map(encoding::of).toList());
  }

  /** Writes a store into an empty folder and reads some epochs. */
  void run(Path folder, boolean counts) throws IOException, InterruptedException {
    ReplayConfig config =
        ConfigLoader.of("decode-threads: " + settings.decodeThreads(), ReplayConfig.class);
    try (ReplayStore store =
            ReplayStore.open(folder, StoreSize.unlimited(StoreSize.DEFAULT_SEGMENT_BYTES));
        StoredOutputs outputs =
            new StoredOutputs(recording, sample.outputs().keySet(), config, store)) {
      long start = System.nanoTime();
      write(outputs);
      store.force();
      long written = System.nanoTime();
      long bestNanos = Long.MAX_VALUE;
      long bestCpuNanos = Long.MAX_VALUE;
      List<List<Long>> memory = new ArrayList<>();
      for (int epoch = 0; epoch < settings.epochs(); epoch++) {
        EpochPlan plan = plan(epoch);
        long cpu = ProcessUsage.cpuNanos();
        long wall = System.nanoTime();
        read(outputs, plan);
        bestNanos = Math.min(bestNanos, System.nanoTime() - wall);
        bestCpuNanos = Math.min(bestCpuNanos, ProcessUsage.cpuNanos() - cpu);
        memory.add(ProcessUsage.residentMib());
      }
      if (counts) {
        double read = views * settings.passes() * 1e9;
        writeSeconds.add((written - start) / 1e9);
        perSecond.add(read / bestNanos);
        perCpuSecond.add(read / bestCpuNanos);
        resident = memory;
      }
      worstError = worstError(outputs);
    }
  }

  private void write(StoredOutputs outputs) {
    storedBytes = 0;
    for (int view = 0; view < views; view++) {
      for (TensorKind kind : sample.outputs().keySet()) {
        byte[] payload = writer.write(tensors(kind, view), encoding);
        storedBytes += payload.length;
        if (!outputs.put(String.valueOf(view), kind, ByteBuffer.wrap(payload))) {
          throw new IllegalStateException(
              "the store took only part of the views; is the disk full?");
        }
      }
    }
  }

  private List<Tensor> tensors(TensorKind kind, int view) {
    return sample.outputs().get(kind).get(view % sample.views());
  }

  /** Every view some times over, in random order. */
  private EpochPlan plan(int epoch) {
    List<String> ids = new ArrayList<>();
    for (int pass = 0; pass < settings.passes(); pass++) {
      List<String> order =
          IntStream.range(0, views).mapToObj(String::valueOf).collect(Collectors.toList());
      Collections.shuffle(order, random);
      ids.addAll(order);
    }
    return new EpochPlan(epoch, ids, settings.batchSize());
  }

  private static void read(StoredOutputs outputs, EpochPlan plan) throws InterruptedException {
    try (Batches batches = outputs.batches(plan)) {
      for (ReplayBatch batch = batches.next(); batch != null; batch = batches.next()) {
        batch.close();
      }
    }
  }

  /** Compares every value of every view with what was written. */
  private double worstError(StoredOutputs outputs) throws InterruptedException {
    List<String> ids = IntStream.range(0, views).mapToObj(String::valueOf).toList();
    double worst = 0;
    try (Batches batches = outputs.batches(new EpochPlan(0, ids, settings.batchSize()))) {
      int first = 0;
      for (ReplayBatch batch = batches.next(); batch != null; batch = batches.next()) {
        for (int i = 0; i < batch.size(); i++) {
          worst = Math.max(worst, worstError(batch.teachers().get(0).maps(), i, first + i));
        }
        first += batch.size();
        batch.close();
      }
    }
    return worst;
  }

  private double worstError(Map<String, FloatArray> found, int place, int view) {
    double worst = 0;
    for (TensorKind kind : sample.outputs().keySet()) {
      for (Tensor tensor : tensors(kind, view)) {
        FloatArray array = found.get(tensor.name());
        int size = tensor.values().remaining();
        FloatBuffer values = array.bytes().asFloatBuffer().position(place * size);
        for (int i = 0; i < size; i++) {
          worst = Math.max(worst, Math.abs((double) values.get() - tensor.values().get(i)));
        }
      }
    }
    return worst;
  }

  String name() {
    return "replay store " + ReplayBench.name(encoding);
  }

  double imagesPerSecond() {
    return median(perSecond);
  }

  double imagesPerCpuSecond() {
    return median(perCpuSecond);
  }

  double kilobytes() {
    return storedBytes / 1e3 / views;
  }

  double writeMbPerSecond() {
    return sample.float32Bytes() * (double) views / 1e6 / median(writeSeconds);
  }

  Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("encoding", ReplayBench.name(encoding));
    figures.put("kbPerView", rounded(kilobytes()));
    figures.put("writeMbPerSecond", rounded(writeMbPerSecond()));
    figures.put("readViewsPerSecond", rounded(imagesPerSecond()));
    figures.put("readViewsPerCpuSecond", rounded(imagesPerCpuSecond()));
    figures.put("maxAbsError", worstError);
    figures.put("residentAnonymousMib", resident.stream().map(m -> m.get(0)).toList());
    figures.put("residentMib", resident.stream().map(m -> m.get(1)).toList());
    return figures;
  }

  double maxAbsError() {
    return worstError;
  }
}
