package dev.lectern.trainer.distil;

import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.assign.TargetPart;
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
 * @param distributions whether it compares box distributions, which both networks must give
 * @param tokens whether it reads the teacher's finest features whatever their stride
 * @param parts what it wants to know of the ground truth
 */
public record Needs(
    Map<TensorKind, Positions> teacher,
    boolean studentFeatures,
    boolean distributions,
    boolean tokens,
    Set<TargetPart<?>> parts) {
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
  public Needs {
    teacher = Map.copyOf(teacher);
    parts = Set.copyOf(parts);
  }

  /** Nothing. */
  public static final Needs NONE = new Needs(Map.of(), false, false, false, Set.of());

  /** Logits of one kind in a region. */
  public static Needs logitsIn(RegionPart region, TensorKind kind) {
    return new Needs(Map.of(kind, Positions.REGIONS), false, false, false, Set.of(region));
  }

  /** Logits of one kind wherever the recording has them. */
  public static Needs logitsRecorded(TensorKind kind) {
    return new Needs(Map.of(kind, Positions.RECORDED), false, false, false, Set.of());
  }

  /** Logits of one kind everywhere, with a region to look at. */
  public static Needs logits(RegionPart region, TensorKind kind) {
    return new Needs(Map.of(kind, Positions.DENSE), false, false, false, Set.of(region));
  }

  /** Whole maps of class logits. */
  public static Needs classMaps() {
    return new Needs(
        Map.of(TensorKind.CLASS_SCORES, Positions.DENSE), false, false, false, Set.of());
  }

  /** Whole maps of features, and what follows from the ground truth. */
  public static Needs features(TargetPart<?>... parts) {
    return new Needs(
        Map.of(TensorKind.FPN_FEATURES, Positions.DENSE), true, false, false, Set.of(parts));
  }

  /** The teacher's finest features, of any stride. */
  public static Needs finestFeatures() {
    return new Needs(Map.of(TensorKind.FPN_FEATURES, Positions.DENSE), true, false, true, Set.of());
  }

  /** Every output of the teacher, everywhere. */
  public static Needs everything(TargetPart<?>... parts) {
    return new Needs(
        Map.of(
            TensorKind.CLASS_SCORES, Positions.DENSE,
            TensorKind.BOX_LOGITS, Positions.DENSE,
            TensorKind.FPN_FEATURES, Positions.DENSE),
        true,
        false,
        false,
        Set.of(parts));
  }

  /** These, and box distributions on both sides. */
  Needs withDistributions() {
    return new Needs(teacher, studentFeatures, true, tokens, parts);
  }

  /** These, and class scores wherever boxes are read. */
  public Needs withClassScoresOfBoxes() {
    Positions positions = teacher.get(TensorKind.BOX_LOGITS);
    if (positions == null) {
      return this;
    }
    Map<TensorKind, Positions> more = new EnumMap<>(teacher);
    more.merge(TensorKind.CLASS_SCORES, positions, (a, b) -> a.compareTo(b) > 0 ? a : b);
    return new Needs(more, studentFeatures, distributions, tokens, parts);
  }

  /** What several terms need together. */
  public static Needs all(List<Needs> needs) {
    Map<TensorKind, Positions> teacher = new EnumMap<>(TensorKind.class);
    Set<TargetPart<?>> parts = new HashSet<>();
    boolean features = false;
    boolean distributions = false;
    boolean tokens = false;
    for (Needs one : needs) {
      one.teacher()
          .forEach(
              (kind, positions) ->
                  teacher.merge(kind, positions, (a, b) -> a.compareTo(b) > 0 ? a : b));
      parts.addAll(one.parts());
      features |= one.studentFeatures();
      distributions |= one.distributions();
      tokens |= one.tokens();
    }
    return new Needs(teacher, features, distributions, tokens, parts);
  }
}
