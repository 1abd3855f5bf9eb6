package dev.lectern.detector.box;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.Candidates.Values;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.family.HeadCoding;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxCoding;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.ClassCoding;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Turns the outputs of a head into detections; those of instances as {@link InstanceDecoder} says.
 *
 * <p>Every (prior, class) pair whose probability exceeds the score threshold is a candidate; the
 * best ones of each level are decoded, clipped to the canvas, suppressed per class, and the best of
 * all are returned in order of falling score. Stateless; safe for several threads.
 */
public final class DetectionDecoder {

  /**
   * Limits of decoding.
   *
   * @param scoreThreshold a candidate's probability is strictly greater, in (0, 1)
   * @param nmsIou overlap above which the weaker box of a class is dropped
   * @param perLevel candidates kept per level before suppression
   * @param limit detections per image
   */
  public record Limits(double scoreThreshold, double nmsIou, int perLevel, int limit) {
    /** Score above 0.05, IoU 0.6, 1000 candidates per level, 100 detections. */
    public static final Limits DEFAULT = new Limits(0.05, 0.6, 1000, 100);

    /**
     * The default ones, for boxes above another score.
     *
     * @param score in (0, 1)
     */
    public static Limits above(double score) {
      return new Limits(score, DEFAULT.nmsIou, DEFAULT.perLevel, DEFAULT.limit);
    }

    /** Refuses a threshold outside (0, 1) and empty limits. */
    public Limits {
      if (!(scoreThreshold > 0 && scoreThreshold < 1) || perLevel < 1 || limit < 1) {
        throw new IllegalArgumentException(
            "score threshold "
                + scoreThreshold
                + ", "
                + perLevel
                + " per level, "
                + limit
                + " in all: expected a threshold in (0, 1) and limits of at least 1");
      }
    }
  }

  private final int classes;
  private final PriorGrid priors;
  private final BoxDecoder boxes;
  private final BoxQuality quality;
  private final Limits limits;
  private final float logitThreshold;
  private final InstanceDecoder instances;
  private final Set<TensorRole> rolesOfInstances;

  /**
   * For heads whose score is the class's alone.
   *
   * @param classes K
   * @param priors of the canvas
   * @param boxes of the family's outputs
   */
  public DetectionDecoder(int classes, PriorGrid priors, BoxDecoder boxes, Limits limits) {
    this(classes, priors, boxes, BoxQuality.NONE, limits);
  }

  /**
   * @param classes K
   * @param priors of the canvas
   * @param boxes of the family's outputs
   * @param quality what a score has besides the class. Centerness multiplies the class's
   *     probability once threshold and number of candidates are applied, as in MMDetection;
   *     objectness before; a joint score is the score
   */
  public DetectionDecoder(
      int classes, PriorGrid priors, BoxDecoder boxes, BoxQuality quality, Limits limits) {
    this(classes, priors, boxes, quality, limits, null, Set.of());
  }

  private DetectionDecoder(
      int classes,
      PriorGrid priors,
      BoxDecoder boxes,
      BoxQuality quality,
      Limits limits,
      InstanceDecoder instances,
      Set<TensorRole> rolesOfInstances) {
    if (classes < 1) {
      throw new IllegalArgumentException(classes + " classes: expected at least 1");
    }
    this.classes = classes;
    this.priors = priors;
    this.boxes = boxes;
    this.quality = quality;
    this.limits = limits;
    this.logitThreshold = (float) Math.log(limits.scoreThreshold() / (1 - limits.scoreThreshold()));
    this.instances = instances;
    this.rolesOfInstances = rolesOfInstances;
  }

  /**
   * For a student on a canvas.
   *
   * @param height pixels
   * @param width pixels
   */
  public static DetectionDecoder of(DetectorSpec spec, int height, int width, Limits limits) {
    Family family = Families.of(spec);
    PriorGrid priors = family.priors(spec, family.levels(spec, height, width));
    HeadCoding coding = family.coding(spec);
    if (coding.boxes() == null) {
      throw new UserMistakeException(
          "head.family: found "
              + family.name()
              + ", which gives classes of pixels, expected a family of detectors");
    }
    if (!family.instances(spec).isEmpty()) {
      return ofInstances(
          spec.classes(),
          priors,
          limits,
          family.classes(),
          coding.boxes(),
          family.instances(spec).keySet());
    }
    return new DetectionDecoder(
        spec.classes(), priors, BoxDecoder.of(coding.boxes()), coding.quality(), limits);
  }

  /**
   * For a recorded teacher, as its descriptor says.
   *
   * @param classes K of the outputs, which may be others than the teacher's own
   */
  public static DetectionDecoder of(TeacherDescriptor teacher, int classes, Limits limits) {
    List<LevelGrid> levels =
        TensorLayout.levels(teacher).stream()
            .map(level -> new LevelGrid(level.stride(), level.height(), level.width()))
            .toList();
    if (TensorLayout.instances(teacher) > 0) {
      Set<TensorRole> roles = EnumSet.noneOf(TensorRole.class);
      teacher.getTensors().forEach(tensor -> roles.add(TensorLayout.role(tensor)));
      return ofInstances(
          classes,
          PriorGrid.of(levels, teacher.getPriors()),
          limits,
          teacher.getClasses(),
          teacher.getBoxes(),
          roles);
    }
    return new DetectionDecoder(
        classes,
        PriorGrid.of(levels, teacher.getPriors()),
        BoxDecoder.of(teacher.getBoxes()),
        teacher.getQuality(),
        limits);
  }

  /** Whether a recorded teacher's outputs can become detections. */
  public static boolean suits(TeacherDescriptor teacher) {
    if (TensorLayout.instances(teacher) == 0
        && (teacher.getBoxes() == null
            || teacher.getClasses().getActivation() != ClassActivation.SIGMOID
            || teacher.getClasses().getBackground() != Background.NONE)) {
      return false;
    }
    try {
      of(teacher, teacher.getClassNames().size(), Limits.DEFAULT);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static DetectionDecoder ofInstances(
      int classes,
      PriorGrid priors,
      Limits limits,
      ClassCoding coding,
      BoxCoding boxes,
      Set<TensorRole> roles) {
    InstanceDecoder decoder = InstanceDecoder.of(classes, coding, boxes, roles);
    return new DetectionDecoder(
        classes, priors, null, BoxQuality.NONE, limits, decoder, decoder.roles(roles));
  }

  /** Whether it reads instances, which have no cells. */
  public boolean isOfInstances() {
    return instances != null;
  }

  /** The priors of the canvas. */
  public PriorGrid priors() {
    return priors;
  }

  /** How boxes of cells are read; null of instances. */
  public BoxDecoder boxes() {
    return boxes;
  }

  /** The tensors that it reads. */
  public Set<TensorRole> roles() {
    if (isOfInstances()) {
      return rolesOfInstances;
    }
    Set<TensorRole> roles = EnumSet.of(TensorRole.CLASS_LOGITS, boxes.role());
    switch (quality) {
      case NONE -> {}
      case CENTERNESS, OBJECTNESS -> roles.add(TensorRole.QUALITY);
      case JOINT -> roles.add(TensorRole.JOINT_SCORE);
    }
    return roles;
  }

  /** Logit of a class at a prior of a level. */
  public float classLogit(Outputs<float[]> image, int level, int prior, int label) {
    int anchors = priors.anchorsPerCell();
    int cells = priors.levels().get(level).cells();
    int channel = prior % anchors * classes + label;
    return image.get(TensorRole.CLASS_LOGITS, level)[channel * cells + prior / anchors];
  }

  /** Copy with other limits. */
  public DetectionDecoder with(Limits others) {
    return new DetectionDecoder(
        classes, priors, boxes, quality, others, instances, rolesOfInstances);
  }

  /** Copy with other priors. */
  public DetectionDecoder with(PriorGrid others) {
    return new DetectionDecoder(
        classes, others, boxes, quality, limits, instances, rolesOfInstances);
  }

  /**
   * Detections of one image.
   *
   * @param image what the network gives for it
   * @param canvasWidth pixels; boxes are clipped to [0, canvasWidth]
   * @param canvasHeight pixels
   * @throws IllegalArgumentException if a map has not the size that its grid says
   */
  public List<Detection> decode(Outputs<float[]> image, float canvasWidth, float canvasHeight) {
    if (isOfInstances()) {
      return instances.decode(image, limits, canvasWidth, canvasHeight);
    }
    Candidates all = new Candidates(quality == BoxQuality.NONE ? Values.LOGITS : Values.SCORES);
    for (int level = 0; level < priors.levels().size(); level++) {
      check(boxes.role(), image.get(boxes.role(), level), boxes.channels(), level);
      Candidates best = candidates(image, level);
      for (int i = 0; i < best.size(); i++) {
        double[] box = boxes.box(image, priors, level, best.prior(i));
        all.add(best, i, box, canvasWidth, canvasHeight);
      }
    }
    List<Detection> detections = new ArrayList<>();
    for (int kept : all.suppressed(limits.nmsIou(), limits.limit())) {
      detections.add(all.detection(kept));
    }
    return detections;
  }

  /** The best of a level. */
  private Candidates candidates(Outputs<float[]> image, int level) {
    int anchors = priors.anchorsPerCell();
    if (quality == BoxQuality.JOINT) {
      float[] joint = image.get(TensorRole.JOINT_SCORE, level);
      check(TensorRole.JOINT_SCORE, joint, classes, level);
      return Candidates.above(
              Values.SCORES, (float) limits.scoreThreshold(), joint, anchors, classes)
          .best(limits.perLevel());
    }
    float[] cls = image.get(TensorRole.CLASS_LOGITS, level);
    check(TensorRole.CLASS_LOGITS, cls, classes, level);
    Candidates above = Candidates.above(Values.LOGITS, logitThreshold, cls, anchors, classes);
    if (quality == BoxQuality.NONE) {
      return above.best(limits.perLevel());
    }
    float[] ofPriors = image.get(TensorRole.QUALITY, level);
    check(TensorRole.QUALITY, ofPriors, 1, level);
    return quality == BoxQuality.CENTERNESS
        ? above.best(limits.perLevel()).times(ofPriors, anchors)
        : above
            .times(ofPriors, anchors)
            .above((float) limits.scoreThreshold())
            .best(limits.perLevel());
  }

  private void check(TensorRole role, float[] map, int channels, int level) {
    LevelGrid grid = priors.levels().get(level);
    int expected = priors.anchorsPerCell() * channels * grid.cells();
    if (map.length != expected) {
      throw new IllegalArgumentException(
          "level of stride "
              + grid.stride()
              + ": found "
              + map.length
              + " numbers of "
              + role.prefix()
              + ", expected "
              + expected
              + " ("
              + channels
              + " channels) for "
              + grid.height()
              + "x"
              + grid.width()
              + " cells"
              + (priors.anchorsPerCell() == 1
                  ? ""
                  : " of " + priors.anchorsPerCell() + " anchors"));
    }
  }
}
