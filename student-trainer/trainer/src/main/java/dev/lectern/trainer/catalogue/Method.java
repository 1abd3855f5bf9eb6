package dev.lectern.trainer.catalogue;

import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.TermSite;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * One distillation method.
 *
 * @param name as runs name it
 * @param title what it is, in a few words
 * @param paper where it was published
 * @param formula one line
 * @param note what the variants are and what else a user could not guess; may be empty
 * @param weight published weight
 * @param meanOfClasses number of classes over whose mean that weight was published; empty where the
 *     loss does not average over classes
 * @param temperature default temperature; empty where the method has none
 * @param regions where it can apply, the default first; empty where it has no regions
 * @param variants forms that exist, the default first
 * @param levels whether a run can choose levels
 * @param channels what it asks of feature channels; empty where it reads no features
 * @param keys what only this method knows
 * @param needs what it must be given
 * @param term what it becomes
 */
public record Method(
    String name,
    String title,
    String paper,
    String formula,
    String note,
    double weight,
    OptionalInt meanOfClasses,
    OptionalDouble temperature,
    List<Region> regions,
    List<Variant> variants,
    Levels levels,
    Optional<Channels> channels,
    List<MethodKey> keys,
    Function<LossConfig, TermNeeds> needs,
    BiFunction<LossConfig, TermSite, DistillationTerm> term) {

  /** Which levels a method reads. */
  public enum Levels {
    /** Always all of them. */
    ALL,
    /** Those that the run lists. */
    CHOSEN
  }

  /** What a method asks of feature channels. */
  public enum Channels {
    /** As many on both sides, so that other students pass an adapter. */
    EQUAL,
    /** Any numbers. */
    ANY,
    /** Any numbers: the method has learned layers of its own between them. */
    OWN
  }

  /**
   * The weight of a run that gives none: as strong on every class as the published one, whatever
   * the number of classes K. Where classes are averaged that is weight * K / {@link
   * #meanOfClasses}; where {@link Variant#PAPER} sums them, weight / {@link #meanOfClasses}.
   *
   * @param classes K
   */
  public double defaultWeight(int classes, Variant variant) {
    if (meanOfClasses.isEmpty()) {
      return weight;
    }
    return weight * (variant == Variant.PAPER ? 1 : classes) / meanOfClasses.getAsInt();
  }

  /** Starts a method. */
  static Builder named(String name, String title) {
    return new Builder(name, title);
  }

  /** Collects what a method is. */
  static final class Builder {
    private final String name;
    private final String title;
    private String paper = "";
    private String formula = "";
    private String note = "";
    private double weight = 1;
    private OptionalInt meanOfClasses = OptionalInt.empty();
    private OptionalDouble temperature = OptionalDouble.empty();
    private List<Region> regions = List.of();
    private List<Variant> variants = List.of(Variant.OFFICIAL);
    private Levels levels = Levels.ALL;
    private Optional<Channels> channels = Optional.empty();
    private List<MethodKey> keys = List.of();
    private Function<LossConfig, TermNeeds> needs = loss -> TermNeeds.NONE;

    private Builder(String name, String title) {
      this.name = name;
      this.title = title;
    }

    Builder paper(String reference) {
      paper = reference;
      return this;
    }

    Builder formula(String line) {
      formula = line;
      return this;
    }

    Builder note(String text) {
      note = text;
      return this;
    }

    Builder weight(double published) {
      weight = published;
      return this;
    }

    /** The weight was published with a mean over this many classes. */
    Builder meanOfClasses(int classes) {
      meanOfClasses = OptionalInt.of(classes);
      return this;
    }

    Builder temperature(double published) {
      temperature = OptionalDouble.of(published);
      return this;
    }

    Builder regions(Region... first) {
      regions = List.of(first);
      return this;
    }

    /** The forms, the default first. */
    Builder variants(Variant... first) {
      variants = List.of(first);
      return this;
    }

    Builder officialAndPaper() {
      return variants(Variant.OFFICIAL, Variant.PAPER);
    }

    Builder keys(MethodKey... own) {
      keys = List.of(own);
      return this;
    }

    Builder needs(Function<LossConfig, TermNeeds> given) {
      needs = given;
      return this;
    }

    /** Reads feature maps of levels that a run can choose. */
    Builder features(Channels asked) {
      levels = Levels.CHOSEN;
      channels = Optional.of(asked);
      needs = loss -> TermNeeds.features();
      return this;
    }

    Builder levels(Levels read) {
      levels = read;
      return this;
    }

    /** Reads class logit maps of levels that a run can choose. */
    Builder classMaps() {
      levels = Levels.CHOSEN;
      needs = loss -> TermNeeds.classMaps();
      return this;
    }

    /** What a run's entry becomes; the method is complete. */
    Method term(BiFunction<LossConfig, TermSite, DistillationTerm> made) {
      return new Method(
          name,
          title,
          paper,
          formula,
          note,
          weight,
          meanOfClasses,
          temperature,
          regions,
          variants,
          levels,
          channels,
          keys,
          needs,
          made);
    }
  }
}
