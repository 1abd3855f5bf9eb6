package dev.lectern.teacher.recording;

import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.region.RegionRules;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.RegionRule;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.Values;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How a worker stores each kind of output; every key has a default. Features and instances are
 * always stored with every position.
 */
public record Encoding(
    @Key(
            defaultsTo = "float16",
            meaning =
                "float32 is exact, fixed24 has steps of 2^-16, float16 rounds, int8 has 256 steps"
                    + " per channel")
        Values classScores,
    @Key(defaultsTo = "float16", meaning = "the same") Values boxLogits,
    @Key(defaultsTo = "int8", meaning = "the same") Values fpnFeatures,
    @Key(
            defaultsTo = "float32",
            choices = {"float32", "fixed24"},
            meaning = "of instances, whose boxes are in pixels")
        Values instances,
    @Key(
            choices = {"dense", "regions", "top-score"},
            meaning = "which positions of class scores")
        Positions classPositions,
    @Key(
            choices = {"dense", "regions", "top-score"},
            meaning = "which positions of box logits")
        Positions boxPositions,
    @Key(defaultsTo = "100", min = 1, meaning = "positions per level, with top-score") int topScore,
    @Key(
            defaultsTo = "[{}]",
            shownDefault = "one, all from the teacher",
            meaning =
                "rules of the students that will learn from regions; a position is stored when any"
                    + " of them holds")
        List<Priors> priors,
    @Key(
            shownDefault =
                "the recording's; when it is made 0.3 if the dataset has views that nobody"
                    + " annotated, else 0",
            min = 0,
            below = 1,
            meaning =
                "with regions, positions inside of boxes that the teacher finds above this score are"
                    + " stored too; where nobody annotated a view they stand for its objects. 0 for"
                    + " none")
        Double teacherBoxes,
    @Key(defaultsTo = "''", meaning = "a note in the manifest of how these were chosen")
        String choice) {
  private static final double TEACHER_BOXES = 0.3;

  /** Every default. */
  public static final Encoding DEFAULT =
      ConfigLoader.bind("", List.of(), Encoding.class, "defaults");

  /** A rule of schemas/README.md, "Position sets", and the priors of the student that it serves. */
  public record Priors(
      @Key(
              meaning =
                  "how the student assigns cells to objects: atss_vlr by ATSS, and every vlr region;"
                      + " max_iou by overlap with anchors; fcos by ranges of sizes; inside_box by"
                      + " its own outputs, and regions inside of boxes")
          RegionRule rule,
      @Key(shownDefault = "the teacher's", meaning = "of the student's levels")
          List<Integer> strides,
      @Key(shownDefault = "the teacher's", meaning = "prior centre = (cell + offset) * stride")
          Double gridOffset,
      @Key(defaultsTo = "8", above = 0, meaning = "side of a level's smallest anchor in strides")
          double octaveBaseScale,
      @Key(defaultsTo = "9", min = 1, meaning = "ATSS candidates per level and object") int topk,
      @Key(defaultsTo = "1", min = 1, meaning = "sizes of anchors per octave") int scalesPerOctave,
      @Key(defaultsTo = "[1]", meaning = "height over width of the anchors of each size")
          List<Double> ratios,
      @Key(defaultsTo = "0.5", meaning = "of max_iou, as the student's objective")
          double positiveIou,
      @Key(defaultsTo = "0", meaning = "of max_iou, as the student's objective")
          double minPositiveIou,
      @Key(
              shownDefault = "8 strides of each level but the last",
              meaning = "of fcos, as the student's objective")
          List<Double> ranges,
      @Key(defaultsTo = "0", min = 0, meaning = "of fcos, as the student's objective")
          double centerRadius) {
    private static final double RANGE_STRIDES = 8;

    /** Takes over what a manifest states. */
    public static Priors of(RegionPriors stated) {
      return new Priors(
          stated.getRule(),
          List.copyOf(stated.getStrides()),
          stated.getGridOffset(),
          stated.getOctaveBaseScale(),
          stated.getTopk(),
          stated.getScalesPerOctave(),
          List.copyOf(stated.getRatios()),
          stated.getPositiveIou(),
          stated.getMinPositiveIou(),
          List.copyOf(stated.getRanges()),
          stated.getCenterRadius());
    }

    RegionPriors of(TeacherDescriptor teacher) {
      List<Integer> levels = strides == null ? TensorLayout.strides(teacher) : List.copyOf(strides);
      double offset = gridOffset == null ? teacher.getPriors().getGridOffset() : gridOffset;
      AnchorGenerator anchors =
          new AnchorGenerator(octaveBaseScale, scalesPerOctave, ratios, offset);
      return switch (rule) {
        case ATSS_VLR -> RegionRules.atssVlr(levels, anchors, topk);
        case MAX_IOU -> RegionRules.maxIou(levels, anchors, positiveIou, minPositiveIou);
        case FCOS ->
            RegionRules.fcos(
                levels,
                offset,
                ranges != null
                    ? ranges
                    : levels.subList(0, levels.size() - 1).stream()
                        .map(stride -> RANGE_STRIDES * stride)
                        .toList(),
                centerRadius);
        case INSIDE_BOX -> RegionRules.insideBox(levels, offset);
      };
    }
  }

  public Encoding {
    priors = List.copyOf(priors);
    if (instances == Values.FLOAT16 || instances == Values.INT8) {
      throw new IllegalArgumentException(
          "instances: found "
              + instances.name().toLowerCase(Locale.ROOT)
              + ", expected float32 or fixed24, since boxes are in pixels");
    }
  }

  /**
   * Every position.
   *
   * @param values of the kinds that are not to be stored as by default
   */
  public static Encoding dense(Map<TensorKind, Values> values) {
    return of(
        values, Map.of(), DEFAULT.topScore, DEFAULT.priors, DEFAULT.teacherBoxes, DEFAULT.choice);
  }

  /** As the manifest of a recording states it, so that a worker can join without naming it. */
  public static Encoding of(List<KindEncoding> stated, String choice) {
    Map<TensorKind, Values> values = new EnumMap<>(TensorKind.class);
    Map<TensorKind, Positions> positions = new EnumMap<>(TensorKind.class);
    int topScore = DEFAULT.topScore;
    List<Priors> priors = DEFAULT.priors;
    Double teacherBoxes = DEFAULT.teacherBoxes;
    for (KindEncoding kind : stated) {
      values.put(kind.getKind(), Values.valueOf(kind.getValues().name()));
      positions.put(kind.getKind(), Positions.valueOf(kind.getPositions().name()));
      if (kind.getPositions() == PositionEncoding.TOP_SCORE) {
        topScore = kind.getTopScore();
      }
      if (kind.getPositions() == PositionEncoding.REGIONS) {
        priors = kind.getPriors().stream().map(Priors::of).toList();
        teacherBoxes = kind.getTeacherBoxes();
      }
    }
    return of(values, positions, topScore, priors, teacherBoxes, choice);
  }

  private static Encoding of(
      Map<TensorKind, Values> values,
      Map<TensorKind, Positions> positions,
      int topScore,
      List<Priors> priors,
      Double teacherBoxes,
      String choice) {
    return new Encoding(
        values.getOrDefault(TensorKind.CLASS_SCORES, DEFAULT.classScores),
        values.getOrDefault(TensorKind.BOX_LOGITS, DEFAULT.boxLogits),
        values.getOrDefault(TensorKind.FPN_FEATURES, DEFAULT.fpnFeatures),
        values.getOrDefault(TensorKind.INSTANCES, DEFAULT.instances),
        positions.getOrDefault(TensorKind.CLASS_SCORES, DEFAULT.classPositions),
        positions.getOrDefault(TensorKind.BOX_LOGITS, DEFAULT.boxPositions),
        topScore,
        priors,
        teacherBoxes,
        choice);
  }

  /** Copy in which the dataset decides whether positions of the teacher's boxes are stored. */
  public Encoding withTeacherBoxesAsNeeded() {
    return withTeacherBoxes(null);
  }

  /**
   * Copy for a recording that was begun: it, not the dataset, decides about the teacher's boxes if
   * this does not.
   *
   * @param begun as its manifest states them
   */
  Encoding joining(List<KindEncoding> begun) {
    return teacherBoxes != null ? this : withTeacherBoxes(of(begun, choice).teacherBoxes);
  }

  private Encoding withTeacherBoxes(Double score) {
    return new Encoding(
        classScores,
        boxLogits,
        fpnFeatures,
        instances,
        classPositions,
        boxPositions,
        topScore,
        priors,
        score,
        choice);
  }

  /** The values of one kind. */
  public Values valuesOf(TensorKind kind) {
    return switch (kind) {
      case CLASS_SCORES -> classScores;
      case BOX_LOGITS -> boxLogits;
      case FPN_FEATURES -> fpnFeatures;
      case INSTANCES -> instances;
    };
  }

  /** The positions of one kind. */
  public Positions positionsOf(TensorKind kind) {
    return switch (kind) {
      case CLASS_SCORES -> classPositions;
      case BOX_LOGITS -> boxPositions;
      case FPN_FEATURES, INSTANCES -> Positions.DENSE;
    };
  }

  /** What the manifest states of a dataset whose views are all annotated. */
  public List<KindEncoding> of(Set<TensorKind> kinds, TeacherDescriptor teacher) {
    return of(kinds, teacher, false);
  }

  /**
   * What the manifest states.
   *
   * @param kinds that are recorded
   * @param unlabelled whether the dataset has views that nobody annotated
   * @throws UserMistakeException if top scores are asked for without class scores, or the teacher's
   *     boxes where they cannot be decoded
   */
  public List<KindEncoding> of(
      Set<TensorKind> kinds, TeacherDescriptor teacher, boolean unlabelled) {
    List<KindEncoding> encodings = new ArrayList<>();
    for (TensorKind kind : kinds.stream().sorted().toList()) {
      KindEncoding encoding = TensorEncoding.of(valuesOf(kind)).of(kind);
      encoding.setPositions(PositionEncoding.valueOf(positionsOf(kind).name()));
      switch (positionsOf(kind)) {
        case DENSE -> {}
        case REGIONS -> {
          encoding.setPriors(priors.stream().map(one -> one.of(teacher)).distinct().toList());
          encoding.setTeacherBoxes(teacherBoxes(kinds, teacher, unlabelled));
        }
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

  private double teacherBoxes(
      Set<TensorKind> kinds, TeacherDescriptor teacher, boolean unlabelled) {
    boolean decodable =
        DetectionDecoder.suits(teacher)
            && kinds.containsAll(Set.of(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS));
    if (teacherBoxes == null) {
      return unlabelled && decodable ? TEACHER_BOXES : 0;
    }
    if (teacherBoxes > 0 && !decodable) {
      throw new UserMistakeException(
          "encoding.teacher-boxes: found "
              + teacherBoxes
              + ", expected 0: boxes are decoded from class scores of a sigmoid and box logits, and"
              + " this teacher or recording does not have both");
    }
    return teacherBoxes;
  }
}
