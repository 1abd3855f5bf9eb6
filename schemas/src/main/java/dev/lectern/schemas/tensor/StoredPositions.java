package dev.lectern.schemas.tensor;

import java.util.List;

/**
 * The positions of some tensors (C, H, W) that are to be stored.
 *
 * @param set how they were chosen
 * @param perTensor for each tensor ascending indices h * W + w; empty for {@link Positions#DENSE}
 */
public record StoredPositions(Positions set, List<int[]> perTensor) {
  /** Every position. */
  public static final StoredPositions DENSE = new StoredPositions(Positions.DENSE, List.of());

  /** Copies the list and refuses positions of dense tensors. */
  public StoredPositions {
    perTensor = List.copyOf(perTensor);
    if (set == Positions.DENSE && !perTensor.isEmpty()) {
      throw new IllegalArgumentException("dense tensors have no list of positions");
    }
  }
}
