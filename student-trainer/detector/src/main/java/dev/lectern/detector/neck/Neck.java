package dev.lectern.detector.neck;

import dev.lectern.detector.layer.Operations;
import java.util.List;

/** A network that mixes a backbone's maps into the levels that a head reads. */
public interface Neck {
  /** Channels C of each level, fine to coarse. */
  List<Integer> channels();

  /**
   * The levels, fine to coarse.
   *
   * @param maps of the backbone, fine to coarse, each half the size of the one before
   */
  <T> List<T> apply(Operations<T> operations, List<T> maps);
}
