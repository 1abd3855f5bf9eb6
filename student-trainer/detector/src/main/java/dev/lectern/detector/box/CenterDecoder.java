package dev.lectern.detector.box;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;

/**
 * Boxes as the offset of their centre from the prior's and the logarithm of their size, all in
 * strides, as YOLOX gives them (arXiv:2107.08430, section 2.1).
 *
 * <pre>
 *   centre = prior + (dx, dy) * stride      width = exp(dw) * stride     height = exp(dh) * stride
 * </pre>
 */
public record CenterDecoder() implements BoxDecoder {
  private static final int NUMBERS = 4;

  @Override
  public TensorRole role() {
    return TensorRole.BOX_CENTER;
  }

  @Override
  public int channels() {
    return NUMBERS;
  }

  @Override
  public double[] box(Outputs<float[]> image, PriorGrid priors, int level, int prior) {
    LevelGrid grid = priors.levels().get(level);
    int cells = grid.cells();
    float[] values = image.get(TensorRole.BOX_CENTER, level);
    double cx = (prior % grid.width() + priors.gridOffset() + values[prior]) * grid.stride();
    double cy =
        (prior / grid.width() + priors.gridOffset() + values[cells + prior]) * grid.stride();
    double w = Math.exp(values[2 * cells + prior]) * grid.stride();
    double h = Math.exp(values[3 * cells + prior]) * grid.stride();
    return new double[] {cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
  }

  @Override
  public NDArray boxes(NDArray values, PriorGrid priors, int[] positions) {
    NDArray priorCentres =
        values.getManager().create(priors.centresInStrides(positions)).reshape(positions.length, 2);
    NDArray centre = values.get(new NDIndex(":, 0:2")).add(priorCentres);
    NDArray half = values.get(new NDIndex(":, 2:4")).exp().mul(0.5f);
    return new NDList(centre.sub(half), centre.add(half))
        .stream().reduce((lower, upper) -> lower.concat(upper, 1)).orElseThrow();
  }
}
