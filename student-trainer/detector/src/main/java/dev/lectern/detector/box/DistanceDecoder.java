package dev.lectern.detector.box;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxActivation;
import dev.lectern.schemas.record.BoxUnit;

/**
 * Boxes from the distances of their sides to the prior's centre, as FCOS gives them
 * (arXiv:1904.01355, section 3.1).
 *
 * @param unit what a distance of 1 stands for
 * @param activation what is still to be applied to a value
 */
public record DistanceDecoder(BoxUnit unit, BoxActivation activation) implements BoxDecoder {
  private static final int SIDES = 4;

  @Override
  public TensorRole role() {
    return TensorRole.BOX_DISTANCES;
  }

  @Override
  public int channels() {
    return SIDES;
  }

  @Override
  public double[] box(Outputs<float[]> image, PriorGrid priors, int level, int prior) {
    LevelGrid grid = priors.levels().get(level);
    int cells = grid.cells();
    int anchors = priors.anchorsPerCell();
    int cell = prior / anchors;
    int first = prior % anchors * SIDES * cells + cell;
    float[] values = image.get(TensorRole.BOX_DISTANCES, level);
    double[] distances = new double[SIDES];
    for (int side = 0; side < SIDES; side++) {
      distances[side] =
          activated(values[first + side * cells]) * (unit == BoxUnit.STRIDES ? grid.stride() : 1);
    }
    double cx = (cell % grid.width() + priors.gridOffset()) * grid.stride();
    double cy = (cell / grid.width() + priors.gridOffset()) * grid.stride();
    return new double[] {
      cx - distances[0], cy - distances[1], cx + distances[2], cy + distances[3]
    };
  }

  private double activated(double value) {
    return switch (activation) {
      case NONE -> value;
      case EXP -> Math.exp(value);
      case RELU -> Math.max(value, 0);
    };
  }

  @Override
  public NDArray boxes(NDArray values, PriorGrid priors, int[] positions) {
    NDArray distances =
        switch (activation) {
          case NONE -> values;
          case EXP -> values.exp();
          case RELU -> values.getNDArrayInternal().relu();
        };
    if (unit == BoxUnit.PIXELS) {
      float[] perStride = new float[positions.length];
      for (int m = 0; m < positions.length; m++) {
        perStride[m] = 1f / priors.strideOf(positions[m]);
      }
      distances =
          distances.mul(values.getManager().create(perStride, new Shape(positions.length, 1)));
    }
    return BoxIntegral.boxes(distances, priors.centresInStrides(positions));
  }
}
