package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.region.Assignment;
import dev.lectern.trainer.loss.BoxIntegral;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.GeneralInstanceLoss;
import dev.lectern.trainer.loss.GeneralInstanceLoss.Comparison;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LevelAdapter;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.objective.term.RoiFeatures.Pooled;
import dev.lectern.trainer.target.BatchRows;
import dev.lectern.trainer.target.DistributionRebinning;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * General instance distillation: features, relations and responses at the boxes where teacher and
 * student disagree most, chosen anew in each step.
 *
 * <p>Responses are compared at the positions that the student's own assigner gives to the chosen
 * boxes: class logits by binary cross entropy against the teacher's probabilities, boxes by the
 * absolute difference of their distances in strides (paper: 1 - GIoU).
 */
public final class GeneralInstanceTerm implements DistillationTerm {
  private final TermSite.Geometry geometry;
  private final AdaptedLevels student;
  private final InstanceSelection selection;
  private final RoiFeatures pooling;
  private final Settings settings;

  /**
   * Weights and forms.
   *
   * @param feature weight of the instances' features
   * @param relation weight of their relations
   * @param classes weight of the class responses
   * @param boxes weight of the box responses
   * @param comparison how features are compared in the official form
   * @param variant of all parts; paper compares relations within each image
   * @param roiSize bins per side
   * @param sampling samples per bin and axis
   */
  public record Settings(
      double feature,
      double relation,
      double classes,
      double boxes,
      Comparison comparison,
      Variant variant,
      int roiSize,
      int sampling) {}

  /**
   * @param adapters one for each level of the student
   */
  public GeneralInstanceTerm(
      TermSite.Geometry geometry,
      List<LevelAdapter> adapters,
      InstanceSelection selection,
      Settings settings) {
    this.geometry = geometry;
    this.student = new AdaptedLevels(adapters);
    this.selection = selection;
    this.pooling = new RoiFeatures(geometry.strides(), settings.roiSize(), settings.sampling());
    this.settings = settings;
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    List<float[]> instances = selection.choose(step);
    if (instances.stream().allMatch(boxes -> boxes.length == 0)) {
      return;
    }
    Pooled pooled =
        pooling.pool(level -> student.of(level, step), step::teacherFeatures, instances);
    NDArray ours = pooled.student();
    NDArray theirs = pooled.teacher();
    add(sum, step, settings.feature(), features(ours, theirs));
    add(sum, step, settings.relation(), relations(ours, theirs, instances));
    addResponses(sum, step, rowsOf(instances, step));
  }

  private static void add(LossTerm sum, TermStep step, double weight, NDArray value) {
    sum.addWhole(value.mul(Constants.of(value, weight)), step.levels());
  }

  private NDArray features(NDArray ours, NDArray theirs) {
    return settings.variant() == Variant.PAPER
        ? GeneralInstanceLoss.featuresAsPrinted(ours, theirs)
        : GeneralInstanceLoss.features(ours, theirs, settings.comparison());
  }

  private NDArray relations(NDArray ours, NDArray theirs, List<float[]> instances) {
    if (settings.variant() == Variant.OFFICIAL) {
      return GeneralInstanceLoss.relations(ours, theirs, Variant.OFFICIAL);
    }
    NDArray sum = Rows.zero(ours);
    for (int image = 0; image < instances.size(); image++) {
      int[] own = pooling.placesOf(image, instances);
      if (own.length > 0) {
        sum =
            sum.add(
                GeneralInstanceLoss.relations(
                    Rows.take(ours, own), Rows.take(theirs, own), Variant.PAPER));
      }
    }
    return sum;
  }

  /** Batch rows that the student's assigner gives to the instances. */
  private int[] rowsOf(List<float[]> instances, TermStep step) {
    BatchRows rows = step.targets().rows();
    IntStream all = IntStream.empty();
    for (int image = 0; image < instances.size(); image++) {
      Assignment assignment =
          geometry
              .assigner()
              .assign(
                  geometry.priors().anchors(),
                  geometry.priors().levelCounts(),
                  instances.get(image));
      int n = image;
      all =
          IntStream.concat(
              all,
              IntStream.range(0, assignment.objects().length)
                  .filter(i -> assignment.objects()[i] != Assignment.BACKGROUND)
                  .map(i -> rows.row(n, i)));
    }
    return all.sorted().toArray();
  }

  private void addResponses(LossTerm sum, TermStep step, int[] rows) {
    if (rows.length == 0) {
      return;
    }
    boolean[] every = new boolean[rows.length];
    Arrays.fill(every, true);
    NDArray classes =
        GeneralInstanceLoss.responses(
            Rows.take(step.rows().cls(), rows),
            step.teacher().clsAt(rows),
            every,
            Comparison.CROSS_ENTROPY);
    add(sum, step, settings.classes(), classes);
    NDArray ours = studentBoxes(rows, step);
    NDArray theirs = teacherBoxes(rows, step);
    NDArray boxes =
        settings.variant() == Variant.PAPER
            ? GeneralizedIouLoss.overlaps(ours, theirs).giou().neg().add(1f).mean()
            : GeneralInstanceLoss.responses(ours, theirs, every, Comparison.L1);
    add(sum, step, settings.boxes(), boxes);
  }

  private NDArray studentBoxes(int[] rows, TermStep step) {
    NDArray dist = Rows.take(step.rows().dist(), rows);
    return BoxIntegral.boxes(
        BoxIntegral.distances(dist, step.rows().bins()), step.targets().rows().centresOf(rows));
  }

  private NDArray teacherBoxes(int[] rows, TermStep step) {
    DistributionRebinning rebinning = geometry.rebinning();
    NDArray dist = step.teacher().distAt(rows, rebinning.teacherBins());
    return BoxIntegral.boxes(
        BoxIntegral.distances(dist, rebinning.teacherBins()),
        rebinning.teacherCentres(step.targets().rows().centresOf(rows)));
  }

  @Override
  public List<Parameter> learned() {
    return student.learned();
  }
}
