package dev.lectern.teacher.recording;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * How a worker stores each kind of output; every key has a default. Features are always stored with
 * every position.
 *
 * @param classScores float32 is exact, fixed24 has steps of 2^-16, float16 rounds, int8 has 256
 *     steps per channel [float16]
 * @param boxLogits the same [float16]
 * @param fpnFeatures the same [int8]
 * @param classPositions which positions of class scores: dense, regions or top-score [dense]
 * @param boxPositions the same of box logits [dense]
 * @param topScore positions per level, with top-score [100]
 * @param priors those of the students that will learn from regions; a position is stored when any
 *     of them needs it [one, all from the teacher]
 * @param choice what the manifest is to say of how these were chosen [nothing]
 */
public record Encoding(
    Values classScores,
    Values boxLogits,
    Values fpnFeatures,
    Positions classPositions,
    Positions boxPositions,
    Integer topScore,
    List<Priors> priors,
    String choice) {
  /** What is stored when nothing else is asked for. */
  public static final Encoding DEFAULT = dense(null, null, null);

  /**
   * The priors of a student with one square anchor per cell.
   *
   * @param strides of its levels; the teacher has all of them [the teacher's]
   * @param gridOffset prior centre = (cell + gridOffset) * stride [the teacher's]
   * @param octaveBaseScale side of a level's anchor in strides [8]
   * @param topk ATSS candidates per level and object [9]
   */
  public record Priors(
      List<Integer> strides, Double gridOffset, Double octaveBaseScale, Integer topk) {
    /** Takes over what a manifest states. */
    public static Priors of(RegionPriors stated) {
      return new Priors(
          List.copyOf(stated.getStrides()),
          stated.getGridOffset(),
          stated.getOctaveBaseScale(),
          stated.getTopk());
    }

    RegionPriors of(TeacherDescriptor teacher) {
      return new RegionPriors(
          strides == null ? TensorLayout.strides(teacher) : List.copyOf(strides),
          gridOffset == null ? Double.valueOf(teacher.getPriors().getGridOffset()) : gridOffset,
          octaveBaseScale == null ? Double.valueOf(8) : octaveBaseScale,
          topk == null ? Integer.valueOf(9) : topk);
    }
  }

  public Encoding {
    classScores = classScores == null ? Values.FLOAT16 : classScores;
    boxLogits = boxLogits == null ? Values.FLOAT16 : boxLogits;
    fpnFeatures = fpnFeatures == null ? Values.INT8 : fpnFeatures;
    classPositions = classPositions == null ? Positions.DENSE : classPositions;
    boxPositions = boxPositions == null ? Positions.DENSE : boxPositions;
    topScore = topScore == null ? Integer.valueOf(100) : topScore;
    priors =
        priors == null || priors.isEmpty()
            ? List.of(new Priors(null, null, null, null))
            : List.copyOf(priors);
    choice = choice == null ? "" : choice;
    if (topScore < 1) {
      throw new IllegalArgumentException(
          "encoding.top-score: found " + topScore + ", expected 1 or more");
    }
  }

  /** Every position; null for a default. */
  public static Encoding dense(Values classScores, Values boxLogits, Values fpnFeatures) {
    return new Encoding(classScores, boxLogits, fpnFeatures, null, null, null, null, null);
  }

  /** As the manifest of a recording states it, so that a worker can join without naming it. */
  public static Encoding of(List<KindEncoding> stated, String choice) {
    Values[] values = new Values[TensorKind.values().length];
    Positions[] positions = new Positions[values.length];
    Integer topScore = null;
    List<Priors> priors = List.of();
    for (KindEncoding kind : stated) {
      int at = kind.getKind().ordinal();
      values[at] = Values.valueOf(kind.getValues().name());
      positions[at] = Positions.valueOf(kind.getPositions().name());
      if (kind.getPositions() == PositionEncoding.TOP_SCORE) {
        topScore = kind.getTopScore();
      }
      if (kind.getPositions() == PositionEncoding.REGIONS) {
        priors = kind.getPriors().stream().map(Priors::of).toList();
      }
    }
    return new Encoding(
        values[TensorKind.CLASS_SCORES.ordinal()],
        values[TensorKind.BOX_LOGITS.ordinal()],
        values[TensorKind.FPN_FEATURES.ordinal()],
        positions[TensorKind.CLASS_SCORES.ordinal()],
        positions[TensorKind.BOX_LOGITS.ordinal()],
        topScore,
        priors,
        choice);
  }

  /** The values of one kind. */
  public Values valuesOf(TensorKind kind) {
    return switch (kind) {
      case CLASS_SCORES -> classScores;
      case BOX_LOGITS -> boxLogits;
      case FPN_FEATURES -> fpnFeatures;
    };
  }

  /** The positions of one kind. */
  public Positions positionsOf(TensorKind kind) {
    return switch (kind) {
      case CLASS_SCORES -> classPositions;
      case BOX_LOGITS -> boxPositions;
      case FPN_FEATURES -> Positions.DENSE;
    };
  }

  /**
   * What the manifest states.
   *
   * @param kinds that are recorded
   * @throws UserMistakeException if top scores are asked for without class scores
   */
  public List<KindEncoding> of(Set<TensorKind> kinds, TeacherDescriptor teacher) {
    List<KindEncoding> encodings = new ArrayList<>();
    for (TensorKind kind : kinds.stream().sorted().toList()) {
      KindEncoding encoding = TensorEncoding.of(valuesOf(kind)).of(kind);
      encoding.setPositions(PositionEncoding.valueOf(positionsOf(kind).name()));
      switch (positionsOf(kind)) {
        case DENSE -> {}
        case REGIONS ->
            encoding.setPriors(priors.stream().map(one -> one.of(teacher)).distinct().toList());
        case TOP_SCORE -> {
          encoding.setTopScore(topScore);
          if (!kinds.contains(TensorKind.CLASS_SCORES)) {
            throw new UserMistakeException(
                "encoding.box-positions: found top-score, but class-scores are not recorded");
          }
        }
      }
      encodings.add(encoding);
    }
    return encodings;
  }
}
