package dev.lectern.detector.family;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.DistributionDecoder;
import dev.lectern.detector.family.gfl.Gfl;
import java.util.List;

/** All families of detectors. A new one is a folder beside {@code gfl} and a line here. */
public final class Families {
  /** Every family; the first is the default. */
  public static final List<Family> ALL = List.of(new Gfl());

  private Families() {}

  /** The family of a specification. */
  public static Family of(DetectorSpec spec) {
    return ALL.get(0);
  }

  /** Bins per box side of a detector that gives box distributions; 0 of others. */
  public static int bins(DetectorSpec spec) {
    return of(spec).decoder(spec) instanceof DistributionDecoder distributions
        ? distributions.bins()
        : 0;
  }
}
