package dev.lectern.detector.box;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxCoding;
import java.util.Arrays;
import java.util.List;

/**
 * Boxes from their differences to an anchor, as {@link DeltaCoder} codes them.
 *
 * @param coder the coding
 */
public record DeltaDecoder(DeltaCoder coder) implements BoxDecoder {
  private static final int SIDES = 4;

  /** The decoder of a descriptor's deltas. */
  public static DeltaDecoder of(BoxCoding coding) {
    return new DeltaDecoder(
        new DeltaCoder(
            numbers(coding.getMean(), 0),
            numbers(coding.getStd(), 1),
            coding.getClamp() == null ? Double.MAX_VALUE : coding.getClamp()));
  }

  private static double[] numbers(List<Double> given, double absent) {
    double[] numbers = new double[SIDES];
    Arrays.fill(numbers, absent);
    return given.isEmpty() ? numbers : given.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Override
  public TensorRole role() {
    return TensorRole.BOX_DELTAS;
  }

  @Override
  public int channels() {
    return SIDES;
  }

  @Override
  public double[] box(Outputs<float[]> image, PriorGrid priors, int level, int prior) {
    int cells = priors.levels().get(level).cells();
    int anchors = priors.anchorsPerCell();
    int first = prior % anchors * SIDES * cells + prior / anchors;
    float[] values = image.get(TensorRole.BOX_DELTAS, level);
    double[] deltas = new double[SIDES];
    for (int e = 0; e < SIDES; e++) {
      deltas[e] = values[first + e * cells];
    }
    return coder.decode(priors.anchor(priors.start(level) + prior), deltas);
  }

  @Override
  public NDArray boxes(NDArray values, PriorGrid priors, int[] positions) {
    NDManager manager = values.getManager();
    Shape pairs = new Shape(positions.length, 2);
    NDArray centres = manager.create(priors.centresInStrides(positions), pairs);
    float[] anchorSizes = priors.sizesInStrides(positions);
    NDArray sizes = manager.create(anchorSizes, pairs);
    for (int i = 0; i < anchorSizes.length; i++) {
      anchorSizes[i] /= 2;
    }
    NDArray halves = manager.create(anchorSizes, pairs);
    NDArray deltas = values;
    if (Arrays.stream(coder.deviations()).anyMatch(deviation -> deviation != 1)) {
      deltas = deltas.mul(manager.create(floats(coder.deviations())));
    }
    if (Arrays.stream(coder.means()).anyMatch(mean -> mean != 0)) {
      deltas = deltas.add(manager.create(floats(coder.means())));
    }
    float clamp = (float) coder.clamp();
    NDList parts = deltas.split(2, 1); // (dx, dy), (dw, dh)
    NDArray centre = parts.get(0).mul(sizes).add(centres);
    NDArray half = parts.get(1).clip(-clamp, clamp).exp().mul(halves);
    return NDArrays.concat(new NDList(centre.sub(half), centre.add(half)), 1);
  }

  private static float[] floats(double[] numbers) {
    float[] floats = new float[numbers.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers[i];
    }
    return floats;
  }
}
