package dev.lectern.teacher.model;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Small ONNX models made of convolutions, written by hand: input {@code image} (N, 3, H, W); an
 * inner tensor {@code neck} from a 3x3 convolution; 1x1 convolutions from it to {@code cls} and
 * {@code dist}.
 */
public final class OnnxModels {
  private static final int FLOAT = 1;
  private static final int ATTRIBUTE_INTS = 7;

  private final List<byte[]> nodes = new ArrayList<>();
  private final List<byte[]> weights = new ArrayList<>();
  private final int size;
  private boolean extraInput;

  private OnnxModels(int size) {
    this.size = size;
  }

  /** A model for images of {@code size}, one level of stride {@code stride}. */
  public static byte[] detector(int size, int stride, int channels, int classes, int bins) {
    OnnxModels model = new OnnxModels(size);
    model.conv("image", "neck", 3, channels, 3, stride);
    model.conv("neck", "cls", channels, classes, 1, 1);
    model.conv("neck", "dist", channels, 4 * bins, 1, 1);
    return model.bytes();
  }

  /** The same with a further input, {@code factor} (1), that the neck is multiplied by. */
  static byte[] scaled(int size, int stride, int channels, int classes, int bins) {
    OnnxModels model = new OnnxModels(size);
    model.conv("image", "neck", 3, channels, 3, stride);
    model.extraInput = true;
    model.nodes.add(
        message(
            n -> {
              n.writeString(1, "neck");
              n.writeString(1, "factor");
              n.writeString(2, "scaled");
              n.writeString(4, "Mul");
            }));
    model.conv("scaled", "cls", channels, classes, 1, 1);
    model.conv("scaled", "dist", channels, 4 * bins, 1, 1);
    return model.bytes();
  }

  private void conv(String in, String out, int from, int to, int kernel, int stride) {
    float[] numbers = new float[to * from * kernel * kernel];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) Math.sin(i * 0.7 + out.length());
    }
    weights.add(
        message(
            w -> {
              for (long d : new long[] {to, from, kernel, kernel}) {
                w.writeInt64(1, d);
              }
              w.writeInt32(2, FLOAT);
              w.writeString(8, "w_" + out);
              ByteBuffer raw =
                  ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
              raw.asFloatBuffer().put(numbers);
              w.writeByteArray(9, raw.array());
            }));
    int pad = kernel / 2;
    nodes.add(
        message(
            n -> {
              n.writeString(1, in);
              n.writeString(1, "w_" + out);
              n.writeString(2, out);
              n.writeString(4, "Conv");
              n.writeByteArray(5, ints("strides", stride, stride));
              n.writeByteArray(5, ints("pads", pad, pad, pad, pad));
            }));
  }

  private static byte[] ints(String name, long... values) {
    return message(
        a -> {
          a.writeString(1, name);
          for (long value : values) {
            a.writeInt64(8, value);
          }
          a.writeInt32(20, ATTRIBUTE_INTS);
        });
  }

  private static byte[] valueInfo(String name, long... shape) {
    byte[] dimensions =
        message(
            s -> {
              for (long d : shape) {
                s.writeByteArray(
                    1,
                    message(
                        dim -> {
                          if (d > 0) {
                            dim.writeInt64(1, d);
                          } else {
                            dim.writeString(2, "N");
                          }
                        }));
              }
            });
    byte[] tensor =
        message(
            t -> {
              t.writeInt32(1, FLOAT);
              if (shape.length > 0) {
                t.writeByteArray(2, dimensions);
              }
            });
    byte[] type = message(t -> t.writeByteArray(1, tensor));
    return message(
        v -> {
          v.writeString(1, name);
          v.writeByteArray(2, type);
        });
  }

  private byte[] bytes() {
    byte[] graph =
        message(
            g -> {
              for (byte[] node : nodes) {
                g.writeByteArray(1, node);
              }
              g.writeString(2, "detector");
              for (byte[] weight : weights) {
                g.writeByteArray(5, weight);
              }
              g.writeByteArray(11, valueInfo("image", 0, 3, size, size));
              if (extraInput) {
                g.writeByteArray(11, valueInfo("factor", 1));
              }
              g.writeByteArray(12, valueInfo("cls"));
              g.writeByteArray(12, valueInfo("dist"));
            });
    return message(
        m -> {
          m.writeInt64(1, 8);
          m.writeByteArray(7, graph);
          m.writeByteArray(8, message(o -> o.writeInt64(2, 13)));
        });
  }

  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] message(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      fields.write(out);
      out.flush();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory", e);
    }
    return bytes.toByteArray();
  }
}
