package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Brings one level of the student's features to the teacher's channels by a convolution, or leaves
 * it as it is. Terms that listen to the same teacher share it.
 */
public final class LevelAdapter {
  private final int level;
  private final Optional<Convolution> convolution;

  /**
   * @param level which level it reads
   * @param convolution empty for none
   */
  public LevelAdapter(int level, Optional<Convolution> convolution) {
    this.level = level;
    this.convolution = convolution;
  }

  /** The level it reads. */
  public int level() {
    return level;
  }

  /** A map (N, in, H, W) becomes (N, out, H, W). */
  NDArray apply(NDArray features) {
    return convolution
        .map(layer -> layer.apply(new EagerOperations(Mode.TRAIN), features))
        .orElse(features);
  }

  /** What it learns. */
  public List<Parameter> learned() {
    return convolution.map(layer -> List.of(layer.weight(), layer.bias())).orElse(List.of());
  }

  /** What several adapters learn. */
  public static List<Parameter> learned(List<LevelAdapter> adapters) {
    List<Parameter> learned = new ArrayList<>();
    adapters.forEach(adapter -> learned.addAll(adapter.learned()));
    return learned;
  }
}
