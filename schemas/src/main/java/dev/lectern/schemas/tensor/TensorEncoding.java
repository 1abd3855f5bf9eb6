package dev.lectern.schemas.tensor;

/**
 * How tensors are stored.
 *
 * @param values width of the numbers
 * @param filter byte order within the block
 * @param compression of the filtered block
 */
public record TensorEncoding(Values values, Filter filter, Compression compression) {
  /** Exact: what the model said, bit for bit. */
  public static final TensorEncoding FLOAT32 =
      new TensorEncoding(Values.FLOAT32, Filter.SHUFFLE, Compression.ZSTD);

  /** Half the bytes, rounded to nearest even. */
  public static final TensorEncoding FLOAT16 =
      new TensorEncoding(Values.FLOAT16, Filter.SHUFFLE, Compression.ZSTD);
}
