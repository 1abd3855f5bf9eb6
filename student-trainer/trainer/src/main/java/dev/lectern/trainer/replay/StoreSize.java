package dev.lectern.trainer.replay;

/**
 * How large a replay store may grow.
 *
 * @param segmentBytes size of a new segment file, less than 2 GB; a record that is larger gets one
 *     of its own size
 * @param limit bytes of all segment files together, at least four segments; {@link Long#MAX_VALUE}
 *     for no limit
 */
public record StoreSize(long segmentBytes, long limit) {
  /** Default size of a segment file. */
  public static final long DEFAULT_SEGMENT_BYTES = 256L << 20;

  private static final int LEAST_SEGMENTS = 4;

  public StoreSize {
    if (segmentBytes < SegmentFormat.FIRST_RECORD || segmentBytes > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "segment-bytes: found " + segmentBytes + ", expected less than 2147483640");
    }
    if (limit / LEAST_SEGMENTS < segmentBytes) {
      throw new IllegalArgumentException(
          "store limit: found "
              + limit
              + " bytes, expected at least "
              + LEAST_SEGMENTS
              + " segments of "
              + segmentBytes);
    }
  }

  /** As large as the disk allows. */
  public static StoreSize unlimited(long segmentBytes) {
    return new StoreSize(segmentBytes, Long.MAX_VALUE);
  }

  /** Of at most {@code limit} bytes, in segments of {@code segmentBytes} or a quarter of that. */
  public static StoreSize of(long segmentBytes, long limit) {
    return new StoreSize(Math.min(segmentBytes, limit / LEAST_SEGMENTS), limit);
  }
}
