package dev.lectern.bench;

import static dev.lectern.bench.Figures.median;
import static dev.lectern.bench.Figures.rounded;

import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.tensor.Compression;
import dev.lectern.schemas.tensor.Filter;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.StoredPositions;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.schemas.view.CanvasSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How small, how fast and how exact each encoding of the tensor container is on given tensors.
 *
 * <p>One thread. Every array of every view is one container, as a payload is. Tensors are encoded
 * from memory outside the heap to a byte array, and decoded from it, checksums verified, to memory
 * outside the heap. In every round each encoding has its turn; the median over the rounds counts.
 */
public final class CodecBench {
  private static final List<TensorEncoding> ENCODINGS =
      List.of(
          TensorEncoding.FLOAT32,
          TensorEncoding.FLOAT16,
          TensorEncoding.INT8,
          new TensorEncoding(Values.INT8, Filter.NONE, Compression.ZSTD),
          new TensorEncoding(Values.FLOAT16, Filter.NONE, Compression.NONE),
          new TensorEncoding(Values.INT8, Filter.NONE, Compression.NONE));

  /** Where the archive says which positions lie near objects. */
  private static final List<TensorEncoding> NEAR =
      List.of(
          TensorEncoding.FLOAT32,
          TensorEncoding.FIXED24,
          TensorEncoding.FLOAT16,
          TensorEncoding.INT8);

  private static final int WARM_UP_ROUNDS = 5;

  private final Path tensors;
  private final List<CanvasSize> levels;
  private final int rounds;
  private final Progress.Factory progress;

  /**
   * @param tensors a NumPy archive of float32 arrays (views, channels, positions)
   * @param levels cells of each level, in the order of the positions
   * @param rounds how often each encoding is measured
   */
  public CodecBench(Path tensors, List<CanvasSize> levels, int rounds, Progress.Factory progress) {
    this.tensors = tensors;
    this.levels = List.copyOf(levels);
    this.rounds = rounds;
    this.progress = progress;
  }

  /**
   * Measures.
   *
   * @return figures by name, for JSON; KB are 1000 bytes, GB/s count float32 bytes
   */
  public Map<String, Object> run() throws IOException {
    LevelTensors sample = LevelTensors.read(tensors, levels);
    List<Measurement> measurements = new ArrayList<>();
    ENCODINGS.forEach(
        encoding -> measurements.add(new Measurement(encoding, Positions.DENSE, sample)));
    if (!sample.regions().isEmpty()) {
      NEAR.forEach(
          encoding -> measurements.add(new Measurement(encoding, Positions.REGIONS, sample)));
    }
    int all = WARM_UP_ROUNDS + rounds;
    try (Progress shown = progress.start("codec", "rounds", all)) {
      for (int round = 0; round < all; round++) {
        for (Measurement measurement : measurements) {
          measurement.run(round >= WARM_UP_ROUNDS);
        }
        shown.advance(1);
      }
    }
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("benchmark", "codec");
    figures.put("tensors", String.valueOf(tensors.getFileName()));
    figures.put("views", sample.views());
    figures.put("float32KbPerView", rounded(sample.float32Bytes() / 1e3));
    figures.put("rounds", rounds);
    figures.put("encodings", measurements.stream().map(Measurement::figures).toList());
    figures.put("threads", 1);
    return figures;
  }

  /** The measurements of one encoding. */
  private static final class Measurement {
    private final TensorEncoding encoding;
    private final Positions positions;
    private final LevelTensors sample;
    private final TensorWriter writer = new TensorWriter();
    private final Map<String, List<byte[]>> payloads = new LinkedHashMap<>();
    private final List<Double> encodeSeconds = new ArrayList<>();
    private final List<Double> decodeSeconds = new ArrayList<>();
    private final FloatBuffer target;

    Measurement(TensorEncoding encoding, Positions positions, LevelTensors sample) {
      this.encoding = encoding;
      this.positions = positions;
      this.sample = sample;
      this.target =
          ByteBuffer.allocateDirect(Math.toIntExact(sample.float32Bytes()))
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
    }

    void run(boolean counts) {
      payloads.clear();
      long start = System.nanoTime();
      sample
          .arrays()
          .forEach(
              (name, views) -> {
                List<byte[]> containers = new ArrayList<>();
                for (int view = 0; view < views.size(); view++) {
                  containers.add(writer.write(views.get(view), encoding, positionsOf(view)));
                }
                payloads.put(name, containers);
              });
      long encoded = System.nanoTime();
      for (List<byte[]> views : payloads.values()) {
        for (byte[] payload : views) {
          decode(payload);
        }
      }
      long decoded = System.nanoTime();
      if (counts) {
        encodeSeconds.add((encoded - start) / 1e9);
        decodeSeconds.add((decoded - encoded) / 1e9);
      }
    }

    private StoredPositions positionsOf(int view) {
      return positions == Positions.DENSE
          ? StoredPositions.DENSE
          : new StoredPositions(positions, sample.regions().get(view));
    }

    private void decode(byte[] payload) {
      TensorContainer container = TensorContainer.open(ByteBuffer.wrap(payload));
      target.clear();
      for (TensorContainer.Entry entry : container.entries()) {
        if (positions != Positions.DENSE) {
          container.positions(entry);
        }
        container.readInto(entry, target);
      }
    }

    Map<String, Object> figures() {
      Map<String, Object> kilobytes = new LinkedHashMap<>();
      long total = 0;
      for (Map.Entry<String, List<byte[]>> array : payloads.entrySet()) {
        long bytes = array.getValue().stream().mapToLong(payload -> payload.length).sum();
        kilobytes.put(array.getKey(), rounded(bytes / 1e3 / sample.views()));
        total += bytes;
      }
      double float32 = (double) sample.float32Bytes() * sample.views();
      Map<String, Object> figures = new LinkedHashMap<>();
      figures.put("values", name(encoding.values()));
      figures.put("positions", name(positions));
      figures.put("filter", name(encoding.filter()));
      figures.put("compression", name(encoding.compression()));
      figures.put("kbPerView", rounded(total / 1e3 / sample.views()));
      figures.put("kbPerViewOf", kilobytes);
      figures.put("ratio", rounded(float32 / total));
      figures.put("encodeGbPerSecond", rounded(float32 / 1e9 / median(encodeSeconds)));
      figures.put("decodeGbPerSecond", rounded(float32 / 1e9 / median(decodeSeconds)));
      figures.put("maxAbsError", worstError());
      return figures;
    }

    /** Compares with what was decoded next. */
    private double worstError(Tensor tensor, int view, int level) {
      FloatBuffer values = tensor.values().duplicate();
      int channels = tensor.shape()[0];
      int cells = values.remaining() / channels;
      int[] stored =
          positions == Positions.DENSE
              ? IntStream.range(0, cells).toArray()
              : sample.regions().get(view).get(level);
      double worst = 0;
      for (int c = 0; c < channels; c++) {
        for (int position : stored) {
          double original = values.get(c * cells + position);
          worst = Math.max(worst, Math.abs(target.get() - original));
        }
      }
      return worst;
    }

    private double worstError() {
      double worst = 0;
      for (Map.Entry<String, List<byte[]>> array : payloads.entrySet()) {
        for (int view = 0; view < array.getValue().size(); view++) {
          decode(array.getValue().get(view));
          target.flip();
          List<Tensor> levels = sample.arrays().get(array.getKey()).get(view);
          for (int level = 0; level < levels.size(); level++) {
            worst = Math.max(worst, worstError(levels.get(level), view, level));
          }
        }
      }
      return worst;
    }
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
