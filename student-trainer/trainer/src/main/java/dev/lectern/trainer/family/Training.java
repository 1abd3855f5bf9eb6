package dev.lectern.trainer.family;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.trainer.assign.TargetPart;
import java.util.Collection;
import java.util.Optional;

/**
 * A family that runs can train: its settings, and what it makes of them. Stateless; {@link
 * TrainedFamilies} lists them.
 *
 * @param <S> the record that a run's part {@code objective} is bound to
 */
public interface Training<S extends Record> {
  /** The name of the family, as specifications write it. */
  String name();

  /** What a run can set. */
  Class<S> settings();

  /**
   * The priors by which regions are drawn that hold every position that the student learns from;
   * empty if regions cannot be drawn so.
   */
  Optional<RegionPriors> regions(DetectorSpec spec, S settings);

  /**
   * Sets a run up.
   *
   * @param priors of the run's canvas
   * @param parts what the losses of the run want to know of the ground truth
   */
  TrainedFamily of(
      DetectorSpec spec, PriorGrid priors, S settings, Collection<TargetPart<?>> parts);
}
