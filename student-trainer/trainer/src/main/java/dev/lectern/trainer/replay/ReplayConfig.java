package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.Key;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a run reads its recording; the part {@code replay} of a run's YAML. */
public record ReplayConfig(
    @Key(
            defaultsTo = "replay-store",
            meaning =
                "folder of the local store, relative to out; none reads from the log each time")
        String store,
    @Key(
            defaultsTo = "none",
            meaning =
                "max bytes of the store's files together, e.g. 20GB or 500MB (powers of 1000)")
        String storeLimit,
    @Key(
            defaultsTo = "" + StoreSize.DEFAULT_SEGMENT_BYTES,
            min = 1 << 20,
            max = Integer.MAX_VALUE,
            meaning = "size of the store's files; at most a quarter of the limit")
        long segmentBytes,
    @Key(
            defaultsTo = "background",
            meaning =
                "before the first step, while training runs, or only with what the steps need")
        Fill fill,
    @Key(
            min = 1,
            shownDefault = "a quarter of the processors",
            meaning = "threads that decode beside the step; batches are the same with any number")
        Integer decodeThreads,
    @Key(defaultsTo = "4", min = 1, meaning = "batches decoded ahead at most") int prefetchBatches,
    @Key(
            min = 0,
            shownDefault = "536870912, or a quarter of the memory outside the heap if that is less",
            meaning = "decoded bytes ahead at most; one batch always is")
        Long prefetchBytes,
    @Key(
            meaning =
                "where dense int8 and float16 tensors become float32: by the threads that decode,"
                    + " or in the step on the device that trains the student; auto is device on a"
                    + " GPU, else host")
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
    decodeThreads =
        decodeThreads == null
            ? Integer.valueOf(Math.max(1, Runtime.getRuntime().availableProcessors() / 4))
            : decodeThreads;
    prefetchBytes = prefetchBytes == null ? DirectMemory.DEFAULT_PREFETCH : prefetchBytes;
    if (store.isBlank()) {
      throw new IllegalArgumentException("store: found '', expected a folder or 'none'");
    }
    size(storeLimit, segmentBytes);
  }

  /** Every default. */
  public static ReplayConfig defaults() {
    return ConfigLoader.of("", ReplayConfig.class);
  }

  /** Every default, but no store: everything comes from the log by offset. */
  public static ReplayConfig withoutStore() {
    return ConfigLoader.of("store: none", ReplayConfig.class);
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
