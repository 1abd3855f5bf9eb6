package dev.lectern.trainer.distil.network;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.trainer.loss.Variant;
import java.util.stream.IntStream;

/**
 * How a non-local block thins out a level: finer levels have more positions and get fewer channels
 * and larger pools.
 *
 * <pre>
 *   stride     up to 4   8   more
 *   reduction     4      4    2     channels of the embeddings = channels / reduction
 *   pool          8      4    2     of keys and values
 * </pre>
 *
 * <p>The published settings of Zhang and Ma 2021 (ICLR) for levels P2 to P5. The public code pools
 * by 2 and then by the pool; the paper's form pools once. What would leave nothing of a small map
 * is left out.
 *
 * @param reduction divides the channels
 * @param pools kernels and strides, in order
 */
public record NonLocalSampling(int reduction, int... pools) {
  /** Deviation of the start values. */
  public static final double DEVIATION = 0.01;

  public static NonLocalSampling of(LevelGrid grid, Variant variant) {
    int pool = grid.stride() <= 4 ? 8 : grid.stride() <= 8 ? 4 : 2;
    int reduction = grid.stride() <= 8 ? 4 : 2;
    IntStream.Builder pools = IntStream.builder();
    int side = Math.min(grid.height(), grid.width());
    for (int size : variant == Variant.PAPER ? new int[] {pool} : new int[] {2, pool}) {
      if (side >= size) {
        side /= size;
        pools.add(size);
      }
    }
    return new NonLocalSampling(reduction, pools.build().toArray());
  }
}
