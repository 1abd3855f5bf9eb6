package dev.lectern.detector.box;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxCoding;
import dev.lectern.schemas.record.BoxUnit;
import dev.lectern.schemas.record.PointsTransform;

/**
 * Boxes from nine points, offsets (y, x) from the prior's centre in strides (Yang et al. 2019,
 * arXiv:1904.11490, section 4.1).
 *
 * <pre>
 *   MINMAX           the extremes of all points
 *   PARTIAL_MINMAX   the extremes of the first four
 *   MOMENT           centre = mean,  half width = deviation of x * e^a,  half height = of y * e^b
 * </pre>
 *
 * <p>Deviations are unbiased. With MOMENT, a and b follow the points as two more channels.
 *
 * @param transform how points become a box
 */
public record PointsDecoder(PointsTransform transform) implements BoxDecoder {
  /** Coordinates of nine points. */
  public static final int COORDINATES = 18;

  private static final int FACTORS = 2;
  private static final int CORNERS = 4;

  /**
   * The decoder of a descriptor's points.
   *
   * @throws IllegalArgumentException if they are not in strides
   */
  static PointsDecoder of(BoxCoding coding) {
    if (coding.getUnit() != BoxUnit.STRIDES || coding.getPoints() == null) {
      throw new IllegalArgumentException(
          "boxes: found points in "
              + coding.getUnit()
              + " and the transform "
              + coding.getPoints()
              + ", expected STRIDES and a transform");
    }
    return new PointsDecoder(coding.getPoints());
  }

  @Override
  public TensorRole role() {
    return TensorRole.BOX_POINTS;
  }

  @Override
  public int channels() {
    return transform == PointsTransform.MOMENT ? COORDINATES + FACTORS : COORDINATES;
  }

  @Override
  public NDArray boxes(NDArray values, PriorGrid priors, int[] positions) {
    NDArray maps = values.reshape(-1, channels(), 1, 1);
    NDArray points = maps.get(":, :" + COORDINATES);
    NDArray offsets =
        switch (transform) {
          case MOMENT -> PointBoxes.moment(points, maps.get(":, " + COORDINATES + ":").split(2, 1));
          case MINMAX -> PointBoxes.smallest(points);
          case PARTIAL_MINMAX -> PointBoxes.smallest(maps.get(":, :" + 2 * CORNERS));
        };
    float[] centres = priors.centresInStrides(positions);
    NDArray around = values.getManager().create(centres, new Shape(positions.length, 2));
    return offsets.reshape(-1, 4).add(around.tile(new long[] {1, 2}));
  }

  @Override
  public double[] box(Outputs<float[]> image, PriorGrid priors, int level, int prior) {
    LevelGrid grid = priors.levels().get(level);
    int cells = grid.cells();
    float[] points = image.get(TensorRole.BOX_POINTS, level);
    double[] coordinates = new double[channels()];
    for (int c = 0; c < coordinates.length; c++) {
      coordinates[c] = points[c * cells + prior];
    }
    double[] offsets =
        transform == PointsTransform.MOMENT ? moment(coordinates) : extremes(coordinates);
    double cx = (prior % grid.width() + priors.gridOffset()) * grid.stride();
    double cy = (prior / grid.width() + priors.gridOffset()) * grid.stride();
    return new double[] {
      cx + offsets[0] * grid.stride(),
      cy + offsets[1] * grid.stride(),
      cx + offsets[2] * grid.stride(),
      cy + offsets[3] * grid.stride()
    };
  }

  private double[] moment(double[] coordinates) {
    double[] box = new double[4];
    for (int axis = 0; axis < 2; axis++) { // 0 is x, the second of each pair
      double mean = 0;
      for (int i = 1 - axis; i < COORDINATES; i += 2) {
        mean += coordinates[i];
      }
      mean /= COORDINATES / 2;
      double squares = 0;
      for (int i = 1 - axis; i < COORDINATES; i += 2) {
        squares += (coordinates[i] - mean) * (coordinates[i] - mean);
      }
      double factor = Math.exp(coordinates[COORDINATES + axis]);
      double half = Math.sqrt(squares / (COORDINATES / 2 - 1)) * factor;
      box[axis] = mean - half;
      box[axis + 2] = mean + half;
    }
    return box;
  }

  private double[] extremes(double[] coordinates) {
    int end = transform == PointsTransform.PARTIAL_MINMAX ? 2 * CORNERS : COORDINATES;
    double[] box = {
      Double.POSITIVE_INFINITY,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      Double.NEGATIVE_INFINITY
    };
    for (int i = 0; i < end; i++) {
      int axis = 1 - i % 2;
      box[axis] = Math.min(box[axis], coordinates[i]);
      box[axis + 2] = Math.max(box[axis + 2], coordinates[i]);
    }
    return box;
  }
}
