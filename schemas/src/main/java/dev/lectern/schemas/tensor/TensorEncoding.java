package dev.lectern.schemas.tensor;

import dev.lectern.schemas.record.CompressionEncoding;
import dev.lectern.schemas.record.FilterEncoding;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.ValueEncoding;
import java.util.List;

/**
 * How tensors are stored.
 *
 * @param values width of the numbers
 * @param filter byte order within the block; {@link Filter#SHUFFLE} goes with wider ones, {@link
 *     Filter#VERTICAL_DELTA} with int8
 * @param compression of the filtered block
 */
public record TensorEncoding(Values values, Filter filter, Compression compression) {
  /** Exact: the model's outputs, bit for bit. */
  public static final TensorEncoding FLOAT32 =
      new TensorEncoding(Values.FLOAT32, Filter.SHUFFLE, Compression.ZSTD);

  /** Half the bytes, rounded to nearest even. */
  public static final TensorEncoding FLOAT16 =
      new TensorEncoding(Values.FLOAT16, Filter.SHUFFLE, Compression.ZSTD);

  /** A quarter of the bytes: 256 steps between the smallest and the largest value of a channel. */
  public static final TensorEncoding INT8 =
      new TensorEncoding(Values.INT8, Filter.VERTICAL_DELTA, Compression.ZSTD);

  /** Three quarters of the bytes: multiples of 2^-16. */
  public static final TensorEncoding FIXED24 =
      new TensorEncoding(Values.FIXED24, Filter.SHUFFLE, Compression.ZSTD);

  public TensorEncoding {
    if (!suits(values, filter)) {
      throw new IllegalArgumentException("found " + filter + " of " + values + " values");
    }
  }

  /** The filter that suits the values, and zstd. */
  public static TensorEncoding of(Values values) {
    return switch (values) {
      case FLOAT32 -> FLOAT32;
      case FLOAT16 -> FLOAT16;
      case INT8 -> INT8;
      case FIXED24 -> FIXED24;
    };
  }

  /** As a manifest states it. */
  public static TensorEncoding of(KindEncoding stated) {
    return new TensorEncoding(
        Values.valueOf(stated.getValues().name()),
        Filter.valueOf(stated.getFilter().name()),
        Compression.valueOf(stated.getCompression().name()));
  }

  /** What a manifest states of a kind that is stored this way, with every position. */
  public KindEncoding of(TensorKind kind) {
    return new KindEncoding(
        kind,
        ValueEncoding.valueOf(values.name()),
        PositionEncoding.DENSE,
        FilterEncoding.valueOf(filter.name()),
        CompressionEncoding.valueOf(compression.name()),
        List.of(),
        0,
        0.0);
  }

  /** The same values without filter and compression. */
  TensorEncoding plain() {
    return new TensorEncoding(values, Filter.NONE, Compression.NONE);
  }

  static boolean suits(Values values, Filter filter) {
    return switch (filter) {
      case NONE -> true;
      case SHUFFLE -> values != Values.INT8;
      case VERTICAL_DELTA -> values == Values.INT8;
    };
  }
}
