package dev.lectern.detector.weights;

import dev.lectern.schemas.tensor.Half;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.stream.Stream;

/** Types of numbers that weights files hold; every one of them is read as float32. */
enum ElementType {
  FLOAT32(4, "F32", "FloatStorage", 1) {
    @Override
    float at(ByteBuffer bytes, int offset) {
      return bytes.getFloat(offset);
    }
  },
  FLOAT16(2, "F16", "HalfStorage", 10) {
    @Override
    float at(ByteBuffer bytes, int offset) {
      return Half.decode(bytes.getShort(offset));
    }
  },
  BFLOAT16(2, "BF16", "BFloat16Storage", 16) {
    @Override
    float at(ByteBuffer bytes, int offset) {
      return Float.intBitsToFloat(bytes.getShort(offset) << 16);
    }
  },
  FLOAT64(8, "F64", "DoubleStorage", 11) {
    @Override
    float at(ByteBuffer bytes, int offset) {
      return (float) bytes.getDouble(offset);
    }
  },
  INT32(4, "I32", "IntStorage", 6) {
    @Override
    float at(ByteBuffer bytes, int offset) {
      return bytes.getInt(offset);
    }
  },
  INT64(8, "I64", "LongStorage", 7) {
    @Override
    float at(ByteBuffer bytes, int offset) {
      return bytes.getLong(offset);
    }
  };

  private final int bytes;
  private final String safetensors;
  private final String torch;
  private final int onnx;

  ElementType(int bytes, String safetensors, String torch, int onnx) {
    this.bytes = bytes;
    this.safetensors = safetensors;
    this.torch = torch;
    this.onnx = onnx;
  }

  /** The number at an offset of a little-endian buffer. */
  abstract float at(ByteBuffer bytes, int offset);

  /** Bytes of one number. */
  int bytes() {
    return bytes;
  }

  /** As safetensors headers call it. */
  static Optional<ElementType> ofSafetensors(String dtype) {
    return Stream.of(values()).filter(type -> type.safetensors.equals(dtype)).findFirst();
  }

  /** As PyTorch calls the storage. */
  static Optional<ElementType> ofTorch(String storage) {
    return Stream.of(values()).filter(type -> type.torch.equals(storage)).findFirst();
  }

  /** As ONNX numbers it. */
  static Optional<ElementType> ofOnnx(int dataType) {
    return Stream.of(values()).filter(type -> type.onnx == dataType).findFirst();
  }

  /** Numbers that lie one after the other from a buffer's start. */
  float[] all(ByteBuffer little, int count) {
    float[] values = new float[count];
    if (this == FLOAT32) {
      little.asFloatBuffer().get(values);
    } else {
      for (int i = 0; i < count; i++) {
        values[i] = at(little, i * bytes);
      }
    }
    return values;
  }
}
