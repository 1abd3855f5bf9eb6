package dev.lectern.trainer.family;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Family;
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
public abstract class Training<S extends Record> {
  private final Family family;
  private final Class<S> settings;

  /**
   * @param family of the networks
   * @param settings what a run can set
   */
  protected Training(Family family, Class<S> settings) {
    this.family = family;
    this.settings = settings;
  }

  /** The name of the family, as specifications write it. */
  public final String name() {
    return family.name();
  }

  /** What a run can set. */
  public final Class<S> settings() {
    return settings;
  }

  /**
   * The priors by which regions are drawn that hold every position that the student learns from;
   * empty if regions cannot be drawn so.
   */
  public Optional<RegionPriors> regions(DetectorSpec spec, S settings) {
    return Optional.empty();
  }

  /**
   * Sets a run up.
   *
   * @param priors of the run's canvas
   * @param parts what the losses of the run want to know of the ground truth
   */
  public abstract TrainedFamily of(
      DetectorSpec spec, PriorGrid priors, S settings, Collection<TargetPart<?>> parts);
}
