package dev.lectern.schemas.tensor;

/** How numbers are stored; the code is the byte in the container. */
public enum Values {
  FLOAT32(0, Float.BYTES),
  FLOAT16(1, Short.BYTES),
  /** 8 bits on an affine scale of each channel. */
  INT8(2, Byte.BYTES),
  /** 24 bits, a whole number of steps of 2^-16: as exact for a logit of 10 as for one of 0.1. */
  FIXED24(3, 3);

  final int code;
  final int width;

  Values(int code, int width) {
    this.code = code;
    this.width = width;
  }

  /** Bytes of a number. */
  public int width() {
    return width;
  }

  /** Whether tensor libraries have a type for numbers as they are stored, narrower than float32. */
  public boolean isNarrow() {
    return this == FLOAT16 || this == INT8;
  }

  /** Bytes of the parameters that stand in front of the values of a tensor. */
  int parameterBytes(int[] shape) {
    return switch (this) {
      case FLOAT32, FLOAT16 -> 0;
      case INT8 -> AffineScale.parameterBytes(shape);
      case FIXED24 -> FixedStep.BYTES;
    };
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
            + ", expected 0 (float32), 1 (float16), 2 (int8) or 3 (fixed24)");
  }
}
