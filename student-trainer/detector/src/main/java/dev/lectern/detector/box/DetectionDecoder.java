package dev.lectern.detector.box;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns the outputs of a dense head into detections.
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
  private final Limits limits;
  private final float logitThreshold;

  /**
   * @param classes K
   * @param priors of the canvas
   * @param boxes of the family's outputs
   */
  public DetectionDecoder(int classes, PriorGrid priors, BoxDecoder boxes, Limits limits) {
    if (classes < 1) {
      throw new IllegalArgumentException(classes + " classes: expected at least 1");
    }
    this.classes = classes;
    this.priors = priors;
    this.boxes = boxes;
    this.limits = limits;
    this.logitThreshold = (float) Math.log(limits.scoreThreshold() / (1 - limits.scoreThreshold()));
  }

  /**
   * For a student on a canvas.
   *
   * @param height pixels
   * @param width pixels
   */
  public static DetectionDecoder of(DetectorSpec spec, int height, int width, Limits limits) {
    Family family = Families.of(spec);
    PriorGrid priors = family.priors(spec, PriorGrid.levels(height, width, spec.strides()));
    return new DetectionDecoder(spec.classes(), priors, family.decoder(spec), limits);
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
    return new DetectionDecoder(
        classes,
        PriorGrid.points(levels, teacher.getPriors().getGridOffset()),
        new DistributionDecoder(TensorLayout.bins(teacher)),
        limits);
  }

  /** The priors of the canvas. */
  public PriorGrid priors() {
    return priors;
  }

  /** How boxes are read. */
  public BoxDecoder boxes() {
    return boxes;
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
    return new DetectionDecoder(classes, priors, boxes, others);
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
    Candidates all = new Candidates();
    for (int level = 0; level < priors.levels().size(); level++) {
      float[] cls = image.get(TensorRole.CLASS_LOGITS, level);
      check(TensorRole.CLASS_LOGITS, cls, classes, level);
      check(boxes.role(), image.get(boxes.role(), level), boxes.channels(), level);
      Candidates best =
          Candidates.above(logitThreshold, cls, priors.anchorsPerCell(), classes)
              .best(limits.perLevel());
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
