package dev.lectern.detector.box;

import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;

/** Makes a box of what a head gives at one prior. Stateless; safe for several threads. */
public interface BoxDecoder {
  /** The tensor that it reads. */
  TensorRole role();

  /** Channels of that tensor per prior. */
  int channels();

  /**
   * The box of a prior, before it is clipped to the canvas.
   *
   * @param image outputs of one image
   * @param level of the prior
   * @param prior index in its level: cell times anchors per cell, plus anchor
   * @return x1, y1, x2, y2 in pixels
   */
  double[] box(Outputs<float[]> image, PriorGrid priors, int level, int prior);
}
