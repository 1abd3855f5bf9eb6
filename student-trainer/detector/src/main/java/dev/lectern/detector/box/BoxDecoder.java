package dev.lectern.detector.box;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxCoding;

/**
 * Makes boxes of what a head gives at its priors: one for each form that box outputs have.
 * Stateless; safe for several threads.
 */
public interface BoxDecoder {
  /**
   * The decoder of a descriptor's boxes.
   *
   * @throws IllegalArgumentException if boxes of that form cannot be decoded
   */
  static BoxDecoder of(BoxCoding coding) {
    return switch (coding.getForm()) {
      case DISTRIBUTION -> DistributionDecoder.of(coding);
      case DELTA -> DeltaDecoder.of(coding);
      case LTRB -> new DistanceDecoder(coding.getUnit(), coding.getActivation());
      case CENTER -> new CenterDecoder();
      case POINTS -> PointsDecoder.of(coding);
    };
  }

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

  /**
   * Boxes of several priors, with gradient.
   *
   * @param values (M, {@link #channels})
   * @param positions of the M priors
   * @return (M, 4) xyxy, each in strides of its prior's level
   */
  NDArray boxes(NDArray values, PriorGrid priors, int[] positions);
}
