package dev.lectern.schemas.tensor;

/**
 * How tensors are stored.
 *
 * @param values width of the numbers
 * @param filter byte order within the block; {@link Filter#SHUFFLE} goes with floats, {@link
 *     Filter#VERTICAL_DELTA} with int8
 * @param compression of the filtered block
 */
public record TensorEncoding(Values values, Filter filter, Compression compression) {
  /** Exact: what the model said, bit for bit. */
  public static final TensorEncoding FLOAT32 =
      new TensorEncoding(Values.FLOAT32, Filter.SHUFFLE, Compression.ZSTD);

  /** Half the bytes, rounded to nearest even. */
  public static final TensorEncoding FLOAT16 =
      new TensorEncoding(Values.FLOAT16, Filter.SHUFFLE, Compression.ZSTD);

  /** A quarter of the bytes: 256 steps between the smallest and the largest value of a channel. */
  public static final TensorEncoding INT8 =
      new TensorEncoding(Values.INT8, Filter.VERTICAL_DELTA, Compression.ZSTD);

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
    };
  }

  static boolean suits(Values values, Filter filter) {
    return switch (filter) {
      case NONE -> true;
      case SHUFFLE -> values != Values.INT8;
      case VERTICAL_DELTA -> values == Values.INT8;
    };
  }
}
