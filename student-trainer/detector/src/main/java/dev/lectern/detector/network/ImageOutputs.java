package dev.lectern.detector.network;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The outputs of a batch as plain numbers, image by image. */
public final class ImageOutputs {
  private ImageOutputs() {}

  /**
   * Copies a network's outputs out of the engine.
   *
   * @param batch (N, channels, H, W) each
   * @return N outputs, (channels, H, W) each
   */
  public static List<Outputs<float[]>> of(Outputs<NDArray> batch) {
    int images = (int) batch.all().get(0).getShape().get(0);
    return split(batch.map(NDArray::toFloatArray), images);
  }

  /**
   * Takes a batch's numbers apart.
   *
   * @param batch (N, channels, H, W) each, row-major
   * @param images N
   * @return N outputs, (channels, H, W) each
   */
  public static List<Outputs<float[]>> split(Outputs<float[]> batch, int images) {
    List<Outputs<float[]>> split = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      int image = i;
      split.add(
          batch.map(
              values -> {
                int size = values.length / images;
                return Arrays.copyOfRange(values, image * size, (image + 1) * size);
              }));
    }
    return split;
  }
}
