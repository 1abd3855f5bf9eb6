package dev.lectern.trainer.objective;

import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.target.RegionPart;
import dev.lectern.trainer.target.TargetPart;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a distillation term must be given.
 *
 * @param teacher which teacher outputs it reads, and where
 * @param studentFeatures whether it reads the student's neck
 * @param parts what it wants to know of the ground truth
 */
public record TermNeeds(
    Map<TensorKind, Positions> teacher, boolean studentFeatures, Set<TargetPart<?>> parts) {
  /** Where outputs are read. */
  public enum Positions {
    /** Wherever the recording has them. */
    RECORDED,
    /** In the regions among the parts, the positives included, and nowhere else. */
    REGIONS,
    /** Everywhere. */
    DENSE
  }

  /** Copies. */
  public TermNeeds {
    teacher = Map.copyOf(teacher);
    parts = Set.copyOf(parts);
  }

  /** Nothing. */
  public static final TermNeeds NONE = new TermNeeds(Map.of(), false, Set.of());

  /** Logits of one kind in a region. */
  public static TermNeeds logitsIn(RegionPart region, TensorKind kind) {
    return new TermNeeds(Map.of(kind, Positions.REGIONS), false, Set.of(region));
  }

  /** Logits of one kind wherever the recording has them. */
  public static TermNeeds logitsRecorded(TensorKind kind) {
    return new TermNeeds(Map.of(kind, Positions.RECORDED), false, Set.of());
  }

  /** Logits of one kind everywhere, with a region to look at. */
  public static TermNeeds logits(RegionPart region, TensorKind kind) {
    return new TermNeeds(Map.of(kind, Positions.DENSE), false, Set.of(region));
  }

  /** Whole maps of class logits. */
  public static TermNeeds classMaps() {
    return new TermNeeds(Map.of(TensorKind.CLASS_SCORES, Positions.DENSE), false, Set.of());
  }

  /** Whole maps of features, and what follows from the ground truth. */
  public static TermNeeds features(TargetPart<?>... parts) {
    return new TermNeeds(Map.of(TensorKind.FPN_FEATURES, Positions.DENSE), true, Set.of(parts));
  }

  /** Everything the teacher said, everywhere. */
  public static TermNeeds everything(TargetPart<?>... parts) {
    return new TermNeeds(
        Map.of(
            TensorKind.CLASS_SCORES, Positions.DENSE,
            TensorKind.BOX_LOGITS, Positions.DENSE,
            TensorKind.FPN_FEATURES, Positions.DENSE),
        true,
        Set.of(parts));
  }

  /** What several terms need together. */
  public static TermNeeds all(List<TermNeeds> needs) {
    Map<TensorKind, Positions> teacher = new EnumMap<>(TensorKind.class);
    Set<TargetPart<?>> parts = new HashSet<>();
    boolean features = false;
    for (TermNeeds one : needs) {
      one.teacher()
          .forEach(
              (kind, positions) ->
                  teacher.merge(kind, positions, (a, b) -> a.compareTo(b) > 0 ? a : b));
      parts.addAll(one.parts());
      features |= one.studentFeatures();
    }
    return new TermNeeds(teacher, features, parts);
  }
}
