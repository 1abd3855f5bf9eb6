package dev.lectern.schemas.tensor;

/** How numbers are stored; the code is the byte in the container. */
public enum Values {
  FLOAT32(0, Float.BYTES),
  FLOAT16(1, Short.BYTES),
  /** 8 bits on an affine scale of each channel. */
  INT8(2, Byte.BYTES);

  final int code;
  final int width;

  Values(int code, int width) {
    this.code = code;
    this.width = width;
  }

  static Values of(int code, String where) {
    for (Values values : values()) {
      if (values.code == code) {
        return values;
      }
    }
    throw new CorruptTensorException(
        where
            + ": found value encoding "
            + code
            + ", expected 0 (float32), 1 (float16) or 2 (int8)");
  }
}
