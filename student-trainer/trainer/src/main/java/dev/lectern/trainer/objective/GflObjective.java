package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.trainer.loss.BoxIntegral;
import dev.lectern.trainer.loss.ClassificationDistillationLoss;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.DistributionFocalLoss;
import dev.lectern.trainer.loss.FeatureImitationLoss;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import dev.lectern.trainer.loss.LocalizationDistillationLoss;
import dev.lectern.trainer.loss.QualityFocalLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.loss.TeacherBoundedRegressionLoss;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationSettings.ImitationTerm;
import dev.lectern.trainer.objective.DistillationSettings.RowTerm;
import dev.lectern.trainer.target.BatchRows;
import dev.lectern.trainer.target.DistributionRebinning;
import dev.lectern.trainer.target.GeneralInstances;
import dev.lectern.trainer.target.GflTargetAssembler.Imitation;
import dev.lectern.trainer.target.GflTargets;
import dev.lectern.trainer.target.RowRegion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The training objective of a head with class scores and box distributions (GFL, NanoDet): quality
 * focal loss, GIoU and distribution focal loss, plus the chosen distillation terms.
 *
 * <pre>
 *   w_i = max_c sigmoid(cls_i), constant        P = Σ over images of max(1, positives)
 *   loss_cls    QFL over all rows / P, quality = IoU(decoded box, ground truth)
 *   loss_bbox   2 Σ w_i (1 - GIoU_i) / Σ w      loss_dfl  0.25 Σ w_i Σ_e DFL / 4 / Σ w
 *   loss_ld     main LD weighted by w_i         loss_ld_vlr  LD weighted by the region
 *   loss_kd     main KD, mean per level         loss_kd_vlr  the same on the region
 *   loss_tbr    mean of the open gates' 1 - GIoU
 *   the map terms and loss_im                   summed over levels
 * </pre>
 *
 * <p>Where the student gives joint scores (GFLv2, arXiv:2011.12885), the quality focal loss and w
 * read them; classification distillation stays on the class logits.
 *
 * <p>Generalized focal loss (arXiv:2006.04388) and localization distillation (arXiv:2102.12252)
 * with the normalisation of their public code. Stateless; arrays belong to the student tensors'
 * manager.
 */
public final class GflObjective {
  private static final float LEAST_WEIGHT = 1e-6f;
  private static final double INSTANCE_IOU = 0.3;
  private static final int INSTANCES = 10;

  private final GflSettings settings;
  private final DistillationSettings distillation;
  private final int bins;
  private final DistributionRebinning rebinning;

  /**
   * @param rebinning from the teacher's distributions to the student's
   */
  public GflObjective(
      GflSettings settings, DistillationSettings distillation, DistributionRebinning rebinning) {
    this.settings = settings;
    this.distillation = distillation;
    this.bins = rebinning.studentBins();
    this.rebinning = rebinning;
  }

  /**
   * An objective without distillation.
   *
   * @param bins number of bins per edge of the student
   */
  public static GflObjective withoutTeacher(GflSettings settings, int bins) {
    return new GflObjective(
        settings, DistillationSettings.none(), DistributionRebinning.between(bins, 0, bins, 0));
  }

  /** The detector's own losses of a batch. */
  public Losses losses(StudentOutputs student, GflTargets targets) {
    if (distillation.any()) {
      throw new IllegalArgumentException(
          "this objective distils, but no teacher outputs are given");
    }
    return new Pass(student, targets).ownLosses();
  }

  /** The detector's own losses of a batch and its distillation losses. */
  public Losses losses(StudentOutputs student, TeacherOutputs teacher, GflTargets targets) {
    return new Pass(student, targets).allLosses(teacher);
  }

  /** The losses of one batch; holds what several terms share. */
  private final class Pass {
    private final StudentOutputs student;
    private final GflTargets targets;
    private final RowRegion main;
    private final int levels;
    private final NDManager manager;
    private final NDArray clsRows;
    private final NDArray distRows;
    private final NDArray zero;
    private final List<LossTerm> terms = new ArrayList<>();
    private final boolean joint;
    private final NDArray scoreRows;
    private NDArray mainCls;
    private NDArray mainScores;
    private NDArray mainDist;
    private NDArray mainWeights;
    private NDArray mainBoxes;
    private NDArray mainTruth;
    private NDArray mainMisfit;

    Pass(StudentOutputs student, GflTargets targets) {
      this.student = student;
      this.targets = targets;
      this.main = targets.positives();
      this.levels = student.cls().size();
      this.manager = student.cls().get(0).getManager();
      this.clsRows = Rows.of(student.cls());
      this.distRows = Rows.of(student.dist());
      this.zero = Rows.zero(distRows);
      this.joint = !student.scores().isEmpty();
      this.scoreRows = joint ? Rows.of(student.scores()) : clsRows;
      checkShapes();
      if (main.count() > 0) {
        mainCls = Rows.take(clsRows, main.rows());
        mainDist = Rows.take(distRows, main.rows());
        mainScores = joint ? Rows.take(scoreRows, main.rows()) : mainCls;
        NDArray best = mainScores.stopGradient().max(new int[] {1});
        mainWeights = joint ? best : best.getNDArrayInternal().sigmoid();
      }
    }

    private void checkShapes() {
      int rows = targets.rows().count();
      if (clsRows.getShape().get(0) != rows
          || !distRows.getShape().equals(new Shape(rows, 4L * bins))) {
        throw new IllegalArgumentException(
            "student has class rows "
                + clsRows.getShape()
                + " and distribution rows "
                + distRows.getShape()
                + ", expected ("
                + rows
                + ", K) and ("
                + rows
                + ", 4 x "
                + bins
                + ")");
      }
    }

    Losses ownLosses() {
      addDetectionTerms();
      return new Losses(terms, zero);
    }

    Losses allLosses(TeacherOutputs teacher) {
      teacher.check(targets.rows().count(), rebinning.teacherBins());
      addDetectionTerms();
      addMainTerms(teacher);
      if (distillation.needsValuable()) {
        addValuableTerms(teacher);
      }
      addMapTerms(teacher);
      return new Losses(terms, zero);
    }

    private void addDetectionTerms() {
      LossTerm cls = new LossTerm("loss_cls");
      LossTerm bbox = new LossTerm("loss_bbox");
      LossTerm dfl = new LossTerm("loss_dfl");
      terms.add(cls);
      terms.add(bbox);
      NDArray background =
          joint
              ? QualityFocalLoss.backgroundOfProbabilities(scoreRows, settings.beta())
              : QualityFocalLoss.background(clsRows, settings.beta());
      cls.add(background, IntStream.rangeClosed(0, levels).map(targets.rows()::start).toArray());
      cls.scaledBy(manager.create(1f / targets.samples()));
      if (settings.dflWeight() > 0) {
        terms.add(dfl);
      }
      if (main.count() == 0) {
        return;
      }
      mainBoxes = BoxIntegral.boxes(BoxIntegral.distances(mainDist, bins), targets.centres());
      mainTruth = manager.create(targets.boxes(), new Shape(main.count(), 4));
      GeneralizedIouLoss.Overlaps overlaps = GeneralizedIouLoss.overlaps(mainBoxes, mainTruth);
      mainMisfit = overlaps.giou().neg().add(1f);
      NDArray atLabel = Rows.pick(mainScores, targets.labels());
      cls.add(
          joint
              ? QualityFocalLoss.foregroundOfProbabilities(atLabel, overlaps.iou(), settings.beta())
              : QualityFocalLoss.foreground(atLabel, overlaps.iou(), settings.beta()),
          main.bounds());

      NDArray weightSum = mainWeights.sum().add(LEAST_WEIGHT);
      bbox.add(mainMisfit.mul(mainWeights), main.bounds())
          .scaledBy(weightSum.getNDArrayInternal().rdiv((float) settings.giouWeight()));
      if (settings.dflWeight() > 0) {
        NDArray perEdge =
            DistributionFocalLoss.perEdge(mainDist.reshape(-1, bins), targets.distances());
        dfl.add(overEdges(perEdge).mul(mainWeights), main.bounds())
            .scaledBy(weightSum.getNDArrayInternal().rdiv((float) (settings.dflWeight() / 4)));
      }
    }

    private void addMainTerms(TeacherOutputs teacher) {
      addLd("loss_ld", distillation.mainLd(), main, mainDist, mainWeights, teacher);
      addKd("loss_kd", distillation.mainKd(), main, mainCls, teacher);
      if (distillation.bounded().on()) {
        addBounded(teacher);
      }
    }

    private void addBounded(TeacherOutputs teacher) {
      LossTerm term = new LossTerm("loss_tbr");
      terms.add(term);
      if (main.count() == 0) {
        return;
      }
      NDArray teacherBoxes =
          BoxIntegral.boxes(
              BoxIntegral.distances(teacher.distAt(main.rows()), rebinning.teacherBins()),
              teacherCentres(targets.centres()));
      NDArray gate =
          TeacherBoundedRegressionLoss.gate(
              mainBoxes,
              teacherBoxes,
              mainTruth,
              TeacherBoundedRegressionLoss.Distance.L2,
              distillation.bounded().margin());
      term.add(mainMisfit.mul(gate), main.bounds())
          .scaledBy(manager.create((float) (distillation.bounded().weight() / main.count())));
    }

    private void addValuableTerms(TeacherOutputs teacher) {
      RowRegion region = targets.valuable();
      boolean present = region.count() > 0;
      if (distillation.valuableLd().on()) {
        NDArray dist = present ? Rows.take(distRows, region.rows()) : null;
        NDArray weights = present ? manager.create(region.weights()) : null;
        addLd("loss_ld_vlr", distillation.valuableLd(), region, dist, weights, teacher);
      }
      if (distillation.valuableKd().on()) {
        NDArray cls = present ? Rows.take(clsRows, region.rows()) : null;
        addKd("loss_kd_vlr", distillation.valuableKd(), region, cls, teacher);
      }
    }

    private void addLd(
        String name,
        RowTerm settings,
        RowRegion region,
        NDArray studentDist,
        NDArray weights,
        TeacherOutputs teacher) {
      if (!settings.on()) {
        return;
      }
      LossTerm term = new LossTerm(name);
      terms.add(term);
      if (region.count() == 0) {
        return;
      }
      NDArray teacherDist = teacher.distAt(region.rows());
      NDArray edges = studentDist.reshape(-1, bins);
      NDArray perEdge =
          rebinning.isIdentity()
              ? LocalizationDistillationLoss.perEdge(
                  edges, teacherDist.reshape(-1, bins), settings.temperature(), settings.variant())
              : LocalizationDistillationLoss.perEdgeFrom(
                  edges,
                  rebinned(teacherDist, settings.temperature()),
                  settings.temperature(),
                  settings.variant());
      term.add(overEdges(perEdge).mul(weights), region.bounds())
          .scaledBy(manager.create((float) (settings.weight() / settings.divisor())));
    }

    /** Softened teacher probabilities on the student's support, (4 * M, B). */
    private NDArray rebinned(NDArray teacherDist, double temperature) {
      int teacherBins = rebinning.teacherBins();
      NDArray maps = manager.create(rebinning.matrices(), new Shape(4, teacherBins, bins));
      return teacherDist
          .reshape(-1, 4, teacherBins)
          .div(Constants.of(teacherDist, (float) temperature))
          .softmax(2)
          .transpose(1, 0, 2)
          .batchMatMul(maps)
          .transpose(1, 0, 2)
          .reshape(-1, bins);
    }

    private void addKd(
        String name,
        RowTerm settings,
        RowRegion region,
        NDArray studentCls,
        TeacherOutputs teacher) {
      if (!settings.on()) {
        return;
      }
      LossTerm term = new LossTerm(name);
      terms.add(term);
      if (region.count() == 0) {
        return;
      }
      NDArray perPosition =
          ClassificationDistillationLoss.perPosition(
              studentCls, teacher.clsAt(region.rows()), settings.temperature(), settings.variant());
      term.add(perPosition.mul(manager.create(region.sharesPerLevel())), region.bounds())
          .scaledBy(manager.create((float) (settings.weight() / settings.divisor())));
    }

    private void addMapTerms(TeacherOutputs teacher) {
      for (MapTerm term : distillation.maps()) {
        addMaps(term, teacher);
      }
      if (distillation.imitation().on()) {
        addImitation(teacher);
      }
    }

    private void addMaps(MapTerm term, TeacherOutputs teacher) {
      boolean features = term.maps() == MapTerm.Maps.FEATURES;
      List<NDArray> ours = features ? student.features() : student.cls();
      List<NDArray> theirs = features ? teacher.features() : teacher.clsMaps();
      requireLevels(term.name(), ours, theirs);
      NDList perLevel = new NDList();
      for (int l = 0; l < levels; l++) {
        perLevel.add(
            term.covers(l)
                ? term.loss().of(ours.get(l), theirs.get(l))
                : ours.get(l).getManager().create(0f));
      }
      addPerLevel(term.name(), perLevel, term.weight());
    }

    private void addImitation(TeacherOutputs teacher) {
      requireLevels("loss_im", student.features(), teacher.features());
      ImitationTerm settings = distillation.imitation();
      NDList perLevel = new NDList();
      for (int l = 0; l < levels; l++) {
        boolean silent =
            settings.variant() == Variant.OFFICIAL && main.bounds()[l] == main.bounds()[l + 1];
        perLevel.add(
            silent
                ? Rows.zero(student.features().get(l))
                : FeatureImitationLoss.loss(
                    student.features().get(l),
                    teacher.features().get(l),
                    imitatedCells(l, teacher)));
      }
      addPerLevel("loss_im", perLevel, settings.weight());
    }

    private boolean[] imitatedCells(int level, TeacherOutputs teacher) {
      BatchRows rows = targets.rows();
      int from = rows.start(level);
      int to = rows.start(level + 1);
      if (distillation.imitation().region() != Imitation.GENERAL_INSTANCES) {
        return Arrays.copyOfRange(targets.imitation(), from, to);
      }
      int[] all = IntStream.range(from, to).toArray();
      float[] centres = rows.centresInStrides(level);
      int[] chosen =
          GeneralInstances.select(
              teacher.clsAt(all).toFloatArray(),
              Rows.take(clsRows.stopGradient(), all).toFloatArray(),
              decoded(teacher.distAt(all), rebinning.teacherBins(), teacherCentres(centres)),
              decoded(Rows.take(distRows.stopGradient(), all), bins, centres),
              INSTANCE_IOU,
              INSTANCES);
      boolean[] cells = new boolean[to - from];
      for (int row : chosen) {
        cells[row] = true;
      }
      return cells;
    }

    private float[] teacherCentres(float[] centres) {
      float[] moved = centres.clone();
      for (int i = 0; i < moved.length; i++) {
        moved[i] -= (float) rebinning.shift();
      }
      return moved;
    }

    private float[] decoded(NDArray dist, int binsOfDist, float[] centres) {
      return BoxIntegral.boxes(BoxIntegral.distances(dist, binsOfDist), centres).toFloatArray();
    }

    private void addPerLevel(String name, NDList perLevel, double weight) {
      terms.add(
          new LossTerm(name)
              .add(NDArrays.stack(perLevel), IntStream.rangeClosed(0, levels).toArray())
              .scaledBy(manager.create((float) weight)));
    }

    private NDArray overEdges(NDArray perEdge) {
      return perEdge.reshape(-1, 4).sum(new int[] {1});
    }

    private void requireLevels(String name, List<NDArray> ours, List<NDArray> theirs) {
      if (ours.size() != levels || theirs.size() != levels) {
        throw new IllegalArgumentException(
            name
                + " needs maps of "
                + levels
                + " levels: the student gives "
                + ours.size()
                + ", the recording "
                + theirs.size());
      }
    }
  }
}
