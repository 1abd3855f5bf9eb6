package dev.lectern.trainer.objective;

import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.MapTerm.Channels;
import dev.lectern.trainer.objective.MapTerm.Maps;
import dev.lectern.trainer.target.GflTargetAssembler.Imitation;
import dev.lectern.trainer.target.GflTargetAssembler.Valuable;
import java.util.List;

/**
 * Which distillation terms a run uses, each with its own weight; a weight of 0 switches it off.
 *
 * @param mainLd localization distillation on the positives
 * @param valuableLd the same on the valuable localization region
 * @param mainKd classification distillation on the positives
 * @param valuableKd the same on the valuable localization region
 * @param valuable form of that region
 * @param gamma its lower bound as a part of the threshold, published 0.25
 * @param bounded teacher-bounded regression of the boxes of the positives
 * @param maps terms that compare maps level by level
 * @param imitation feature imitation, summed over levels
 */
public record DistillationSettings(
    RowTerm mainLd,
    RowTerm valuableLd,
    RowTerm mainKd,
    RowTerm valuableKd,
    Valuable valuable,
    double gamma,
    BoundedTerm bounded,
    List<MapTerm> maps,
    ImitationTerm imitation) {

  /** Copies the list. */
  public DistillationSettings {
    maps = List.copyOf(maps);
  }

  /**
   * A divergence per row.
   *
   * @param weight weight of the term
   * @param temperature τ
   * @param divisor what the weighted sum over rows is divided by; classification terms divide by
   *     the number of rows of each level as well
   * @param variant official averages over bins or classes, paper sums
   */
  public record RowTerm(double weight, double temperature, double divisor, Variant variant) {
    /** Not used. */
    public static final RowTerm OFF = new RowTerm(0, 1, 1, Variant.OFFICIAL);

    /** Refuses settings that cannot be computed. */
    public RowTerm {
      require(weight, temperature);
      if (!(divisor > 0)) {
        throw new IllegalArgumentException("divisor is " + divisor + ", expected > 0");
      }
    }

    boolean on() {
      return weight > 0;
    }
  }

  /**
   * Teacher-bounded regression.
   *
   * @param weight weight of the term, published 1
   * @param margin in strides; how much nearer than the teacher a box must be to be left alone
   */
  public record BoundedTerm(double weight, double margin) {
    /** Not used. */
    public static final BoundedTerm OFF = new BoundedTerm(0, 0.1);

    /** Refuses a weight below 0. */
    public BoundedTerm {
      require(weight, 1);
    }

    boolean on() {
      return weight > 0;
    }
  }

  /**
   * Feature imitation.
   *
   * @param weight weight of the term, published 2
   * @param region which cells
   * @param variant official leaves out levels without any positive
   */
  public record ImitationTerm(double weight, Imitation region, Variant variant) {
    /** Not used. */
    public static final ImitationTerm OFF = new ImitationTerm(0, Imitation.NONE, Variant.OFFICIAL);

    /** Refuses a weight below 0. */
    public ImitationTerm {
      require(weight, 1);
    }

    boolean on() {
      return weight > 0 && region != Imitation.NONE;
    }
  }

  /** No distillation. */
  public static DistillationSettings none() {
    return new DistillationSettings(
        RowTerm.OFF,
        RowTerm.OFF,
        RowTerm.OFF,
        RowTerm.OFF,
        Valuable.NONE,
        0.25,
        BoundedTerm.OFF,
        List.of(),
        ImitationTerm.OFF);
  }

  /** Main LD, LD on the official valuable region and main KD, as published for GFL. */
  public static DistillationSettings published() {
    return new DistillationSettings(
        new RowTerm(0.25, 10, 4, Variant.OFFICIAL),
        new RowTerm(0.25, 10, 16, Variant.OFFICIAL),
        new RowTerm(10, 2, 1, Variant.OFFICIAL),
        RowTerm.OFF,
        Valuable.OFFICIAL,
        0.25,
        BoundedTerm.OFF,
        List.of(),
        ImitationTerm.OFF);
  }

  /** Whether any term is on. */
  public boolean any() {
    return needsLogits() || !maps.isEmpty() || imitation.on();
  }

  /** Whether some term reads the teacher's logits at positives or in the valuable region. */
  public boolean needsLogits() {
    return mainLd.on() || mainKd.on() || bounded.on() || needsValuable();
  }

  /** Whether some term reads the teacher's features. */
  public boolean needsFeatures() {
    return reads(Maps.FEATURES) || imitation.on();
  }

  /** Whether some term reads the teacher's logits at every position. */
  public boolean needsDenseLogits() {
    return reads(Maps.CLASSES)
        || (imitation.on() && imitation.region() == Imitation.GENERAL_INSTANCES);
  }

  /** Whether some term compares features channel by channel. */
  public boolean needsEqualChannels() {
    return imitation.on()
        || maps.stream()
            .anyMatch(term -> term.maps() == Maps.FEATURES && term.channels() == Channels.EQUAL);
  }

  private boolean reads(Maps kind) {
    return maps.stream().anyMatch(term -> term.maps() == kind);
  }

  boolean needsValuable() {
    return valuable != Valuable.NONE && (valuableLd.on() || valuableKd.on());
  }

  private static void require(double weight, double temperature) {
    if (!(weight >= 0) || !(temperature > 0)) {
      throw new IllegalArgumentException(
          "weight "
              + weight
              + " and temperature "
              + temperature
              + ": expected at least 0 and more than 0");
    }
  }
}
