package dev.lectern.trainer.distil;

import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.assign.RegionPart.Kind;
import dev.lectern.trainer.assign.TargetPart;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
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
 * @param instances what it can make of a teacher that gives instances in place of cells
 * @param parts what it wants to know of the ground truth
 */
public record Needs(
    Map<TensorKind, Positions> teacher,
    boolean studentFeatures,
    boolean distributions,
    boolean tokens,
    Instances instances,
    Set<TargetPart<?>> parts) {
  /** What a term can make of instances. */
  public enum Instances {
    /** Nothing. */
    NONE,
    /** Their rows stand for the student's, in place of logits of cells. */
    ROWS,
    /** The same, but the student must look at the same boxes. */
    PAIRED,
    /** Their boxes say where features are compared. */
    BOXES
  }

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
  public static final Needs NONE =
      new Needs(Map.of(), false, false, false, Instances.NONE, Set.of());

  /** Logits of one kind in a region. */
  public static Needs logitsIn(RegionPart region, TensorKind kind) {
    return new Needs(
        Map.of(kind, Positions.REGIONS), false, false, false, Instances.NONE, Set.of(region));
  }

  /** Logits of one kind wherever the recording has them. */
  public static Needs logitsRecorded(TensorKind kind) {
    return new Needs(
        Map.of(kind, Positions.RECORDED), false, false, false, Instances.NONE, Set.of());
  }

  /** Logits of both kinds wherever the recording has them, inside of the teacher's boxes. */
  public static Needs logitsOfTeacherBoxes(RegionPart region) {
    return new Needs(
        Map.of(
            TensorKind.CLASS_SCORES, Positions.RECORDED,
            TensorKind.BOX_LOGITS, Positions.RECORDED),
        false,
        false,
        false,
        Instances.NONE,
        Set.of(region));
  }

  /** Logits of one kind everywhere, with a region to look at. */
  public static Needs logits(RegionPart region, TensorKind kind) {
    return new Needs(
        Map.of(kind, Positions.DENSE), false, false, false, Instances.NONE, Set.of(region));
  }

  /** Whole maps of class logits. */
  public static Needs classMaps() {
    return new Needs(
        Map.of(TensorKind.CLASS_SCORES, Positions.DENSE),
        false,
        false,
        false,
        Instances.NONE,
        Set.of());
  }

  /** Whole maps of features, and what follows from the ground truth. */
  public static Needs features(TargetPart<?>... parts) {
    return new Needs(
        Map.of(TensorKind.FPN_FEATURES, Positions.DENSE),
        true,
        false,
        false,
        Instances.NONE,
        Set.of(parts));
  }

  /** The teacher's finest features, of any stride. */
  public static Needs finestFeatures() {
    return new Needs(
        Map.of(TensorKind.FPN_FEATURES, Positions.DENSE),
        true,
        false,
        true,
        Instances.NONE,
        Set.of());
  }

  /** Instances, whatever the teacher has besides. */
  public static Needs ofInstances() {
    return new Needs(
        Map.of(TensorKind.INSTANCES, Positions.DENSE),
        false,
        false,
        false,
        Instances.PAIRED,
        Set.of());
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
        Instances.NONE,
        Set.of(parts));
  }

  /** These, and box distributions on both sides. */
  Needs withDistributions() {
    return new Needs(teacher, studentFeatures, true, tokens, instances, parts);
  }

  /** These, or rows of instances. */
  Needs orOfInstances() {
    return with(Instances.ROWS);
  }

  /** These, or what instances give. */
  Needs with(Instances ofTeacher) {
    return new Needs(teacher, studentFeatures, distributions, tokens, ofTeacher, parts);
  }

  /** The regions among the parts. */
  public List<RegionPart> regions() {
    return parts.stream()
        .filter(RegionPart.class::isInstance)
        .map(RegionPart.class::cast)
        .sorted(Comparator.comparing(RegionPart::kind))
        .toList();
  }

  /** The kinds that are read of a teacher, which may give instances in place of cells. */
  public Set<TensorKind> kinds(boolean givesInstances) {
    Set<TensorKind> kinds = EnumSet.noneOf(TensorKind.class);
    for (TensorKind kind : teacher.keySet()) {
      boolean ofCells = kind == TensorKind.CLASS_SCORES || kind == TensorKind.BOX_LOGITS;
      kinds.add(givesInstances && ofCells ? TensorKind.INSTANCES : kind);
    }
    return kinds;
  }

  /** These, and class scores wherever boxes are read. */
  public Needs withClassScoresOfBoxes() {
    Positions positions = teacher.get(TensorKind.BOX_LOGITS);
    if (positions == null) {
      return this;
    }
    Map<TensorKind, Positions> more = new EnumMap<>(teacher);
    more.merge(TensorKind.CLASS_SCORES, positions, (a, b) -> a.compareTo(b) > 0 ? a : b);
    return new Needs(more, studentFeatures, distributions, tokens, instances, parts);
  }

  /** These, and every cell's class scores and boxes. */
  public Needs withEveryCell() {
    Map<TensorKind, Positions> more = new EnumMap<>(teacher);
    more.put(TensorKind.CLASS_SCORES, Positions.DENSE);
    more.put(TensorKind.BOX_LOGITS, Positions.DENSE);
    return new Needs(more, studentFeatures, distributions, tokens, instances, parts);
  }

  /** Whether a region is decided by what the teacher finds, on annotated images too. */
  public boolean readsTeacherBoxes() {
    return parts.stream()
        .anyMatch(part -> part instanceof RegionPart r && r.kind() == Kind.TEACHER_BOXES);
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
    return new Needs(teacher, features, distributions, tokens, Instances.NONE, parts);
  }
}
