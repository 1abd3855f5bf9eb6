package dev.lectern.trainer.replay;

/**
 * How a run reads its recording; the part {@code replay} of a run's YAML.
 *
 * @param store folder of the local store, or {@code none} to read from the log by offset each time
 *     [replay-store]
 * @param segmentBytes size of the store's files, bytes [268435456]
 * @param fill when the store is filled [background]
 * @param decodeThreads threads that decode beside the training step [1]
 * @param prefetchBatches batches decoded ahead at most [4]
 * @param prefetchBytes decoded bytes ahead at most; one batch is always allowed [536870912]
 */
public record ReplayConfig(
    String store,
    Long segmentBytes,
    Fill fill,
    Integer decodeThreads,
    Integer prefetchBatches,
    Long prefetchBytes) {

  /** When the replay store is filled. */
  public enum Fill {
    /** All of it before the first step. */
    BEFORE,
    /** In the order of the log while training runs; what a step needs earlier is read at once. */
    BACKGROUND,
    /** Only with what the steps need. */
    ON_DEMAND
  }

  public ReplayConfig {
    store = store == null ? "replay-store" : store;
    segmentBytes = segmentBytes == null ? ReplayStore.DEFAULT_SEGMENT_BYTES : segmentBytes;
    fill = fill == null ? Fill.BACKGROUND : fill;
    decodeThreads = decodeThreads == null ? 1 : decodeThreads;
    prefetchBatches = prefetchBatches == null ? 4 : prefetchBatches;
    prefetchBytes = prefetchBytes == null ? 512L << 20 : prefetchBytes;
    require(!store.isBlank(), "store", store, "a folder or 'none'");
    require(segmentBytes >= 1 << 20, "segment-bytes", segmentBytes, "1048576 or more");
    require(decodeThreads >= 1, "decode-threads", decodeThreads, "1 or more");
    require(prefetchBatches >= 1, "prefetch-batches", prefetchBatches, "1 or more");
    require(prefetchBytes >= 0, "prefetch-bytes", prefetchBytes, "0 or more");
  }

  /** Every default. */
  public static ReplayConfig defaults() {
    return new ReplayConfig(null, null, null, null, null, null);
  }

  boolean hasStore() {
    return !store.equals("none");
  }

  private static void require(boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(key + ": found " + found + ", expected " + expected);
    }
  }
}
