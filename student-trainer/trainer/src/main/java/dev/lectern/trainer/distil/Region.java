package dev.lectern.trainer.distil;

import dev.lectern.trainer.assign.RegionPart;
import java.util.Locale;
import java.util.Optional;

/** Where a method applies. */
public enum Region {
  MAIN(RegionPart.Kind.MAIN),
  VLR(RegionPart.Kind.VALUABLE),
  VLR_PAPER(RegionPart.Kind.VALUABLE_PAPER),
  VLR_PAPER_WITHOUT_MAIN(RegionPart.Kind.VALUABLE_PAPER_WITHOUT_MAIN),
  INSIDE_BOX(RegionPart.Kind.INSIDE_BOX),
  /** In place of the valuable region in the public FCOS head. */
  INSIDE_BOX_WITHOUT_MAIN(RegionPart.Kind.INSIDE_BOX_WITHOUT_MAIN),
  FINE_GRAINED(RegionPart.Kind.FINE_GRAINED),
  /** Positions inside of what the teacher finds. */
  TEACHER_BOXES(RegionPart.Kind.TEACHER_BOXES),
  /** Every position. */
  WHOLE_MAP(null),
  /** Every position that the recording holds. */
  RECORDED(null),
  /** Chosen in each step from the outputs of both networks. */
  GENERAL_INSTANCES(null);

  private final RegionPart.Kind kind;

  Region(RegionPart.Kind kind) {
    this.kind = kind;
  }

  /** As a configuration writes it. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it is a form of the valuable localization region. */
  public boolean isValuable() {
    return kind != null && kind.isValuable();
  }

  /**
   * The rows, where ground truth decides them.
   *
   * @param gamma lower bound of the valuable regions as a part of the threshold
   */
  public Optional<RegionPart> part(double gamma) {
    return Optional.ofNullable(kind).map(k -> new RegionPart(k, k.isValuable() ? gamma : 0));
  }
}
