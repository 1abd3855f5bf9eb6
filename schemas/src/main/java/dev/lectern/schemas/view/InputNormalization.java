package dev.lectern.schemas.view;

import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.nio.FloatBuffer;

/**
 * What a network wants of its input: (pixel - mean) / std per channel, pixels in 0..255, channels
 * in its order.
 *
 * @param order of the channels, also of mean and std
 * @param mean 3 numbers
 * @param std 3 numbers greater than 0
 */
public record InputNormalization(ChannelOrder order, float[] mean, float[] std) {
  public InputNormalization {
    if (mean.length != 3 || std.length != 3) {
      throw new IllegalArgumentException(
          "input normalisation: found "
              + mean.length
              + " means and "
              + std.length
              + " deviations, expected 3 of each");
    }
    for (float s : std) {
      if (!(s > 0)) {
        throw new IllegalArgumentException(
            "input normalisation: found std " + s + ", expected more than 0");
      }
    }
  }

  public static InputNormalization of(TeacherDescriptor descriptor) {
    return new InputNormalization(
        descriptor.getChannelOrder(), floats(descriptor.getMean()), floats(descriptor.getStd()));
  }

  /** Writes the canvas as (3, H, W) float32 at {@code target}'s position, which moves past it. */
  public void write(Canvas canvas, FloatBuffer target) {
    byte[] bgr = canvas.bgr();
    int pixels = canvas.width() * canvas.height();
    float[] plane = new float[pixels];
    float[] table = new float[256];
    for (int c = 0; c < 3; c++) {
      for (int v = 0; v < 256; v++) {
        table[v] = (v - mean[c]) / std[c];
      }
      int from = order == ChannelOrder.BGR ? c : 2 - c;
      for (int i = 0; i < pixels; i++, from += 3) {
        plane[i] = table[bgr[from] & 0xFF];
      }
      target.put(plane);
    }
  }

  private static float[] floats(java.util.List<Double> numbers) {
    float[] floats = new float[numbers.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = numbers.get(i).floatValue();
    }
    return floats;
  }
}
