package dev.lectern.trainer.replay;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a run reads its recording; the part {@code replay} of a run's YAML.
 *
 * @param store folder of the local store, or {@code none} to read from the log by offset each time
 *     [replay-store]
 * @param storeLimit max bytes of the store's files together, e.g. {@code 20GB}, or {@code none}
 *     [none]
 * @param segmentBytes size of the store's files, bytes; at most a quarter of the limit [268435456]
 * @param fill when the store is filled [background]
 * @param decodeThreads threads that decode beside the training step; batches are the same with any
 *     number [a quarter of the processors]
 * @param prefetchBatches batches decoded ahead at most [4]
 * @param prefetchBytes decoded bytes ahead at most; one batch is always allowed [536870912, or a
 *     quarter of the memory outside the heap if that is less]
 * @param dequantise where int8 and float16 become float32 [auto]
 */
public record ReplayConfig(
    String store,
    String storeLimit,
    Long segmentBytes,
    Fill fill,
    Integer decodeThreads,
    Integer prefetchBatches,
    Long prefetchBytes,
    Dequantise dequantise) {

  private static final Pattern SIZE = Pattern.compile("(?i)(\\d+(?:\\.\\d+)?)\\s*([KMGT]B)");

  /** When the replay store is filled. */
  public enum Fill {
    /** All of it before the first step. */
    BEFORE,
    /** In the order of the log while training runs; what a step needs earlier is read at once. */
    BACKGROUND,
    /** Only with what the steps need. */
    ON_DEMAND
  }

  /** Where the numbers of dense int8 and float16 tensors become float32; they are the same. */
  public enum Dequantise {
    /** On a GPU if that trains the student, else by the threads that decode. */
    AUTO,
    /** By the threads that decode beside the step. */
    HOST,
    /** In the step, on the device that trains the student: fewer bytes travel there. */
    DEVICE
  }

  public ReplayConfig {
    store = store == null ? "replay-store" : store;
    storeLimit = storeLimit == null ? "none" : storeLimit;
    segmentBytes = segmentBytes == null ? StoreSize.DEFAULT_SEGMENT_BYTES : segmentBytes;
    fill = fill == null ? Fill.BACKGROUND : fill;
    decodeThreads =
        decodeThreads == null
            ? Integer.valueOf(Math.max(1, Runtime.getRuntime().availableProcessors() / 4))
            : decodeThreads;
    prefetchBatches = prefetchBatches == null ? 4 : prefetchBatches;
    prefetchBytes = prefetchBytes == null ? DirectMemory.DEFAULT_PREFETCH : prefetchBytes;
    dequantise = dequantise == null ? Dequantise.AUTO : dequantise;
    require(!store.isBlank(), "store", store, "a folder or 'none'");
    require(segmentBytes >= 1 << 20, "segment-bytes", segmentBytes, "1048576 or more");
    require(segmentBytes < 1L << 31, "segment-bytes", segmentBytes, "less than 2 GB");
    size(storeLimit, segmentBytes);
    require(decodeThreads >= 1, "decode-threads", decodeThreads, "1 or more");
    require(prefetchBatches >= 1, "prefetch-batches", prefetchBatches, "1 or more");
    require(prefetchBytes >= 0, "prefetch-bytes", prefetchBytes, "0 or more");
  }

  /** Every default. */
  public static ReplayConfig defaults() {
    return new ReplayConfig(null, null, null, null, null, null, null, null);
  }

  /** Every default, but no store: everything comes from the log by offset. */
  public static ReplayConfig withoutStore() {
    return new ReplayConfig("none", null, null, null, null, null, null, null);
  }

  /**
   * This for a run whose device is known.
   *
   * @param auto what {@link Dequantise#AUTO} comes to there
   */
  public ReplayConfig decided(Dequantise auto) {
    return new ReplayConfig(
        store,
        storeLimit,
        segmentBytes,
        fill,
        decodeThreads,
        prefetchBatches,
        prefetchBytes,
        dequantise == Dequantise.AUTO ? auto : dequantise);
  }

  /** Whether what was read is kept; otherwise the log is read each time. */
  public boolean hasStore() {
    return !store.equals("none");
  }

  /** How large the store may be. */
  StoreSize storeSize() {
    return size(storeLimit, segmentBytes);
  }

  private static StoreSize size(String limit, long segmentBytes) {
    if (limit.equals("none")) {
      return StoreSize.unlimited(segmentBytes);
    }
    Matcher matcher = SIZE.matcher(limit);
    require(matcher.matches(), "store-limit", limit, "a size such as 500MB or 20GB, or 'none'");
    int power = "KMGT".indexOf(Character.toUpperCase(matcher.group(2).charAt(0))) + 1;
    double bytes = Double.parseDouble(matcher.group(1)) * Math.pow(1000, power);
    require(bytes >= 4 << 20, "store-limit", limit, "5MB or more");
    return StoreSize.of(segmentBytes, (long) bytes);
  }

  private static void require(boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(key + ": found " + found + ", expected " + expected);
    }
  }
}
