package dev.lectern.trainer.family.focal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.BoxIntegral;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.region.Assignment;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.family.focal.HeadSettings.Softmax;
import dev.lectern.trainer.family.focal.HeadSettings.ValuableWeight;
import dev.lectern.trainer.loss.ClassificationDistillationLoss;
import dev.lectern.trainer.loss.FocalLoss;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import dev.lectern.trainer.loss.LocalizationDistillationLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.Losses;
import java.util.ArrayList;
import java.util.List;

/**
 * The training objective of heads with focal class scores and box distributions, ATSS, FCOS and
 * RetinaNet, under localization distillation. These heads have no distribution focal loss.
 *
 * <pre>
 *   P = samples of the targets     c_i = centerness target     s_i = max_c sigmoid(cls_i), constant
 *   loss_cls         focal over all rows but ignored ones / P
 *   loss_bbox        weight Σ c_i (1 - GIoU_i) / Σ c      RetinaNet: weight Σ (1 - GIoU_i) / P
 *   loss_centerness  Σ BCE(centerness logit_i, c_i) / P
 *   loss_ld          weight Σ s_i Σ_e LD / 4              loss_ld_vlr  share of it, on the region
 *   loss_kd          weight, mean over the positives of each level
 * </pre>
 *
 * <p>arXiv:2102.12252 with the normalisation of its public code. Stateless.
 */
public final class HeadObjective {
  private static final double GAMMA = 2;
  private static final double ALPHA = 0.25;
  private static final int LD_DIVISOR = 4;
  private static final double MIN_DIVISOR = 1e-6;

  private final HeadSettings settings;
  private final int classes;
  private final int bins;

  /**
   * @param classes K
   * @param bins number of bins per edge of student and teacher
   */
  public HeadObjective(HeadSettings settings, int classes, int bins) {
    this.settings = settings;
    this.classes = classes;
    this.bins = bins;
  }

  /**
   * All losses of a batch.
   *
   * @param student class logits (N, A * K, H, W) and distributions (N, A * 4 * B, H, W) per level,
   *     prior-major, and centerness logits (N, A, H, W) where the head has them
   * @param teacher the same, constants
   */
  public Losses losses(Outputs<NDArray> student, Outputs<NDArray> teacher, HeadTargets targets) {
    return new Pass(student, teacher, targets).losses();
  }

  /** The losses of one batch; holds what several terms share. */
  private final class Pass {
    private final Outputs<NDArray> student;
    private final HeadTargets targets;
    private final RowRegion main;
    private final NDManager manager;
    private final NDArray cls;
    private final NDArray dist;
    private final NDArray teacherCls;
    private final NDArray teacherDist;
    private final NDArray scores;
    private final List<LossTerm> terms = new ArrayList<>();

    Pass(Outputs<NDArray> student, Outputs<NDArray> teacher, HeadTargets targets) {
      this.student = student;
      this.targets = targets;
      this.main = targets.positives();
      this.manager = student.get(TensorRole.CLASS_LOGITS).get(0).getManager();
      this.cls = rows(student.get(TensorRole.CLASS_LOGITS), classes);
      this.dist = rows(student.get(TensorRole.BOX_DISTRIBUTION), 4 * bins);
      this.teacherCls = rows(teacher.get(TensorRole.CLASS_LOGITS), classes);
      this.teacherDist = rows(teacher.get(TensorRole.BOX_DISTRIBUTION), 4 * bins);
      this.scores = cls.stopGradient().max(new int[] {1}).getNDArrayInternal().sigmoid();
    }

    /** (N * R * A, columns). */
    private NDArray rows(List<NDArray> maps, int columns) {
      List<NDArray> perLevel = maps.stream().map(map -> Rows.of(map).reshape(-1, columns)).toList();
      NDArray rows =
          perLevel.size() == 1 ? perLevel.get(0) : NDArrays.concat(new NDList(perLevel), 0);
      if (rows.getShape().get(0) != targets.objects().length) {
        throw new IllegalArgumentException(
            "the maps have "
                + rows.getShape().get(0)
                + " rows of "
                + columns
                + ", the targets "
                + targets.objects().length);
      }
      return rows;
    }

    Losses losses() {
      addClasses();
      addBoxes();
      if (!student.get(TensorRole.QUALITY).isEmpty()) {
        addCenterness();
      }
      LossTerm ld = term("loss_ld");
      LossTerm valuableLd = term("loss_ld_vlr");
      addLd(ld, main, ValuableWeight.SCORE, settings.ldWeight());
      addLd(
          valuableLd,
          targets.valuable(),
          settings.valuableWeight(),
          settings.ldWeight() * settings.valuableShare());
      addKd(term("loss_kd"));
      return new Losses(terms, Rows.zero(dist));
    }

    private LossTerm term(String name) {
      LossTerm term = new LossTerm(name);
      terms.add(term);
      return term;
    }

    private void addClasses() {
      float[] counted = new float[targets.objects().length];
      for (int i = 0; i < counted.length; i++) {
        counted[i] = targets.objects()[i] == Assignment.IGNORED ? 0 : 1;
      }
      LossTerm term = term("loss_cls").times(1.0 / targets.samples());
      term.add(FocalLoss.background(cls, GAMMA, ALPHA).mul(manager.create(counted)));
      if (main.count() > 0) {
        NDArray atLabel = Rows.pick(Rows.take(cls, main.rows()), targets.labels());
        term.add(FocalLoss.foreground(atLabel, GAMMA, ALPHA));
      }
    }

    private void addBoxes() {
      LossTerm term = term("loss_bbox");
      if (main.count() == 0) {
        return;
      }
      NDArray distances = BoxIntegral.distances(Rows.take(dist, main.rows()), bins);
      NDArray boxes = BoxIntegral.boxes(distances, targets.centres());
      NDArray truth = manager.create(targets.boxes(), new Shape(main.count(), 4));
      NDArray giouLoss = GeneralizedIouLoss.overlaps(boxes, truth).giou().neg().add(1f);
      double divisor = targets.samples();
      if (!student.get(TensorRole.QUALITY).isEmpty()) {
        double sum = 0;
        for (float centerness : main.weights()) {
          sum += centerness;
        }
        divisor = Math.max(MIN_DIVISOR, sum);
      }
      term.add(giouLoss.mul(manager.create(main.weights()))).times(settings.giouWeight() / divisor);
    }

    private void addCenterness() {
      LossTerm term = term("loss_centerness");
      if (main.count() == 0) {
        return;
      }
      NDArray logits = Rows.take(rows(student.get(TensorRole.QUALITY), 1), main.rows()).squeeze(1);
      NDArray entropy =
          logits
              .getNDArrayInternal()
              .softPlus()
              .sub(logits.mul(manager.create(main.weights()))); // BCE(z, c) = softplus(z) - z c
      term.add(entropy).times(1.0 / targets.samples());
    }

    private void addLd(LossTerm term, RowRegion region, ValuableWeight by, double weight) {
      if (region.count() == 0) {
        return;
      }
      long support = settings.ldSoftmax() == Softmax.JOINT ? 4L * bins : bins;
      NDArray perDistribution =
          LocalizationDistillationLoss.perEdge(
              Rows.take(dist, region.rows()).reshape(-1, support),
              Rows.take(teacherDist, region.rows()).reshape(-1, support),
              settings.ldTemperature(),
              Variant.OFFICIAL);
      NDArray perRow = perDistribution.reshape(region.count(), -1).sum(new int[] {1});
      NDArray weights =
          by == ValuableWeight.SCORE
              ? Rows.take(scores, region.rows())
              : manager.create(region.weights());
      term.add(perRow.mul(weights)).times(weight / LD_DIVISOR);
    }

    private void addKd(LossTerm term) {
      if (main.count() == 0) {
        return;
      }
      NDArray perRow =
          ClassificationDistillationLoss.perPosition(
              Rows.take(cls, main.rows()),
              Rows.take(teacherCls, main.rows()),
              settings.kdTemperature(),
              Variant.OFFICIAL);
      term.add(perRow.mul(manager.create(main.sharesPerLevel()))).times(settings.kdWeight());
    }
  }
}
