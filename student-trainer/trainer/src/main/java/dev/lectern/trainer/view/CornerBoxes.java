package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.box.BoxDecoder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;

/** Boxes that are corners already, x1, y1, x2, y2. */
public record CornerBoxes() implements BoxDecoder {
  private static final int SIDES = 4;

  @Override
  public TensorRole role() {
    return TensorRole.INSTANCE_BOXES;
  }

  @Override
  public int channels() {
    return SIDES;
  }

  @Override
  public double[] box(Outputs<float[]> image, PriorGrid priors, int level, int prior) {
    float[] boxes = image.get(role(), 0);
    double[] box = new double[SIDES];
    for (int e = 0; e < SIDES; e++) {
      box[e] = boxes[SIDES * prior + e];
    }
    return box;
  }

  @Override
  public NDArray boxes(NDArray values, PriorGrid priors, int[] positions) {
    return values;
  }
}
