package dev.lectern.trainer.family;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.detector.region.RegionRules;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.trainer.assign.RegionPart;
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
   * The rule by which a recording's regions hold every position that can learn an object; empty if
   * none does.
   */
  protected Optional<RegionPriors> positives(DetectorSpec spec, S settings) {
    return Optional.empty();
  }

  /** Candidates per level and object of the ATSS whose thresholds bound valuable regions. */
  protected int candidates(S settings) {
    return AtssAssigner.DEFAULT.topk();
  }

  /** The rule by which regions hold the valuable region in every form. */
  protected final RegionPriors valuable(DetectorSpec spec, S settings) {
    return RegionRules.atssVlr(
        spec.strides(), Families.of(spec).anchors(spec), candidates(settings));
  }

  /**
   * The rule by which a recording's regions hold every position of a region; empty if none does.
   */
  final Optional<RegionPriors> regions(DetectorSpec spec, S settings, RegionPart region) {
    return switch (region.kind()) {
      case MAIN -> positives(spec, settings);
      case VALUABLE, VALUABLE_PAPER, VALUABLE_PAPER_WITHOUT_MAIN ->
          Optional.of(valuable(spec, settings));
      case INSIDE_BOX, INSIDE_BOX_WITHOUT_MAIN ->
          Optional.of(RegionRules.insideBox(spec.strides(), spec.gridOffset()));
      case FINE_GRAINED, TEACHER_BOXES -> Optional.empty();
    };
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
