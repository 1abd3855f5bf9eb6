package dev.lectern.trainer.family.fasterrcnn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.DeltaCoder;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.region.MaxIouAssigner;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.LevelTargets;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.distil.Step;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.ClassRows;
import dev.lectern.trainer.view.LevelMaps;
import dev.lectern.trainer.view.MatchedInstances;
import dev.lectern.trainer.view.ObjectCells;
import dev.lectern.trainer.view.ObjectOutputs;
import dev.lectern.trainer.view.PositiveBoxes;
import dev.lectern.trainer.view.PredictedBoxes;
import dev.lectern.trainer.view.StudentRows;
import dev.lectern.trainer.view.TeacherInstances;
import dev.lectern.trainer.view.TeacherOutputs;
import dev.lectern.trainer.view.TeacherRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What distillation losses compute from, with a student of two stages.
 *
 * @param second the student's second stage
 * @param outputs of the student
 * @param anchors how the first stage's deltas become boxes
 * @param coder of the second stage's deltas
 * @param looking which boxes show which object
 * @param classes K
 */
record TwoStageStep(
    SecondStage second,
    Outputs<NDArray> outputs,
    FasterRcnnTargets targets,
    BoxReading anchors,
    DeltaCoder coder,
    MaxIouAssigner looking,
    int classes) {
  /** With one teacher, on the levels that it has too. */
  Step of(TeacherOutputs teacher, TrainingProgress progress) {
    List<Integer> seen = teacher.levels();
    BatchTargets targets =
        seen.isEmpty()
            ? this.targets
            : new LevelTargets(this.targets.rows().onLevels(seen), seen, this.targets);
    // a teacher of cells is read at its own priors
    BatchRows theirs =
        teacher.reading() == null
            ? targets.rows()
            : new BatchRows(teacher.reading().priors(), targets.rows().images());
    teacher.checkPositions(theirs.count());
    List<NDArray> features = outputs.get(TensorRole.FEATURES);
    int levels = targets.rows().levels();
    Step ofCells =
        new Step(
            new ClassRows(null, teacher),
            new LevelMaps("class logits", List.of(), teacher.clsMaps(), levels),
            Optional.empty(),
            new PredictedBoxes(
                null, seen.isEmpty() ? anchors : anchors.onLevels(seen), teacher, theirs),
            new LevelMaps(
                "features",
                seen.isEmpty() ? features : seen.stream().map(features::get).toList(),
                teacher.features(),
                levels),
            teacher.tokensWith(features),
            Optional.empty(),
            targets,
            progress,
            outputs.get(TensorRole.QUALITY, 0).getManager());
    boolean givesBoxes = teacher.instances() != null || teacher.reading() != null;
    return ofCells.with(
        givesBoxes ? new Once(() -> ofBoxes(ofCells, teacher)) : null, teacher.instances());
  }

  /** A step that is made when it is first asked for: the second stage runs for it. */
  private static final class Once implements Supplier<Step> {
    private final Supplier<Step> source;
    private Step step;

    Once(Supplier<Step> source) {
      this.source = source;
    }

    @Override
    public Step get() {
      if (step == null) {
        step = source.get();
      }
      return step;
    }
  }

  /** The step whose rows are boxes. */
  private Step ofBoxes(Step ofCells, TeacherOutputs teacher) {
    TeacherInstances given = teacher.instances();
    if (given == null) {
      return ofObjects(ofCells, teacher, ObjectCells.of(teacher, targets.images()));
    }
    if (given.areOfTwoStages()) {
      return ofProposals(ofCells, teacher, given);
    }
    LevelGrid finest = anchors.priors().levels().get(0);
    return ofObjects(
        ofCells,
        teacher,
        MatchedInstances.of(
            given,
            targets.images(),
            (double) finest.width() * finest.stride(),
            (double) finest.height() * finest.stride()));
  }

  /** Rows are the teacher's proposals, at which the student looks too. */
  private Step ofProposals(Step ofCells, TeacherOutputs teacher, TeacherInstances given) {
    List<float[]> proposals = new ArrayList<>();
    for (int image = 0; image < given.counts().length; image++) {
      proposals.add(given.boxesOf(image));
    }
    RoiRows rois = RoiRows.of(proposals);
    int columns = given.logitColumns();
    float[] logits = new float[rois.count() * columns];
    int[] labels = new int[rois.count()];
    for (int row = 0; row < labels.length; row++) {
      int image = rois.imageOf(row);
      if (given.counts()[image] > 0) {
        int own = rois.placeOf(row);
        System.arraycopy(
            given.row(TensorRole.INSTANCE_LOGITS, image, own, columns),
            0,
            logits,
            row * columns,
            columns);
        labels[row] = given.label(image, own);
      }
    }
    Objects shown = objects(rois);
    for (int p = 0; p < shown.rows.length; p++) {
      labels[shown.rows[p]] = shown.labels[p];
    }
    float[] corners = new float[4 * labels.length];
    for (int row = 0; row < labels.length; row++) {
      int image = rois.imageOf(row);
      if (given.counts()[image] > 0) {
        float[] box = given.box(image, rois.placeOf(row), labels[row]);
        System.arraycopy(box, 0, corners, 4 * row, 4);
      }
    }
    NDManager manager = ofCells.manager();
    TeacherOutputs paired =
        teacher.ofBoxes(
            new TeacherRows(manager.create(logits, new Shape(rois.count(), columns)), new int[0]),
            new TeacherRows(manager.create(corners, new Shape(rois.count(), 4)), new int[0]),
            rois.reading());
    return at(rois, labels, shown, paired, true, ofCells).with(null, given);
  }

  /**
   * Rows are the boxes in which the student learns objects; what stands for an object on the
   * teacher's side stands for each of its boxes. Objects for which nothing does are left out.
   */
  private Step ofObjects(Step ofCells, TeacherOutputs teacher, ObjectOutputs given) {
    RoiRows rois = RoiRows.of(targets.looking().boxesOfObjects(classes));
    Objects shown = objects(rois).where(given::has);
    int count = shown.rows.length;
    int[] labels = new int[rois.count()];
    int[] index = new int[rois.count()];
    Arrays.fill(index, -1);
    float[] logits = new float[given.hasLogits() ? count * classes : 0];
    float[] corners = new float[4 * count];
    for (int p = 0; p < count; p++) {
      labels[shown.rows[p]] = shown.labels[p];
      index[shown.rows[p]] = p;
      if (given.hasLogits()) {
        float[] own = given.logits(shown.images[p], shown.objects[p]);
        System.arraycopy(own, 0, logits, p * classes, classes);
      }
      System.arraycopy(given.box(shown.images[p], shown.objects[p]), 0, corners, 4 * p, 4);
    }
    NDManager manager = ofCells.manager();
    TeacherOutputs ofThem =
        teacher.ofBoxes(
            logits.length == 0
                ? null
                : new TeacherRows(manager.create(logits, new Shape(count, classes)), index),
            count == 0
                ? null
                : new TeacherRows(manager.create(corners, new Shape(count, 4)), index),
            rois.reading());
    return at(rois, labels, shown, ofThem, false, ofCells);
  }

  /**
   * The student's second stage at boxes.
   *
   * @param labels (rows) whose deltas make a box
   * @param teacher at the same rows
   * @param isSoftmax whether the teacher's class logits have a background, as the student's
   */
  private Step at(
      RoiRows rois,
      int[] labels,
      Objects shown,
      TeacherOutputs teacher,
      boolean isSoftmax,
      Step ofCells) {
    NDManager manager = ofCells.manager();
    SecondStage.Predictions predictions =
        second.predict(new NDList(outputs.get(TensorRole.FEATURES)), rois.boxes());
    int[] all = IntStream.range(0, rois.count()).toArray();
    NDArray predicted =
        decoded(ofClasses(predictions.deltas(), all, labels), rois.boxes(), manager);
    RowRegion positives =
        new RowRegion(shown.rows, shown.weights(), new int[] {0, shown.rows.length});
    return new Step(
        new ClassRows(new StudentRows(predictions.logits()), teacher, true, isSoftmax),
        ofCells.classMaps(),
        Optional.empty(),
        new PredictedBoxes(new StudentRows(predicted), rois.reading(), teacher, rois.rows()),
        ofCells.features(),
        ofCells.tokens(),
        atPositives(predictions, predicted, shown),
        new InstanceTargets(rois.rows(), positives, rois.boxes(), looking, targets),
        ofCells.progress(),
        manager);
  }

  /**
   * Which rows show an object.
   *
   * @param rows (P) ascending
   * @param images (P) of each
   * @param objects (P) of each, in its image
   * @param labels (P) of the objects
   * @param boxes (P, 4) of the objects
   */
  private record Objects(int[] rows, int[] images, int[] objects, int[] labels, float[] boxes) {
    float[] weights() {
      float[] ones = new float[rows.length];
      Arrays.fill(ones, 1);
      return ones;
    }

    /** Those of some objects, by image and number. */
    Objects where(BiPredicate<Integer, Integer> chosen) {
      int[] kept =
          IntStream.range(0, rows.length).filter(p -> chosen.test(images[p], objects[p])).toArray();
      float[] own = new float[4 * kept.length];
      for (int p = 0; p < kept.length; p++) {
        System.arraycopy(boxes, 4 * kept[p], own, 4 * p, 4);
      }
      return new Objects(
          at(rows, kept), at(images, kept), at(objects, kept), at(labels, kept), own);
    }

    private static int[] at(int[] numbers, int[] places) {
      return Arrays.stream(places).map(p -> numbers[p]).toArray();
    }
  }

  private Objects objects(RoiRows rois) {
    List<int[]> found = new ArrayList<>();
    for (int image = 0; image < targets.images().size(); image++) {
      GroundTruth truth = targets.images().get(image);
      if (truth.labelled()) {
        int[] assigned = looking.assign(rois.own(image), truth.boxes());
        for (int i = 0; i < assigned.length; i++) {
          if (assigned[i] >= 0) {
            found.add(new int[] {rois.row(image, i), image, assigned[i]});
          }
        }
      }
    }
    int[] labels = new int[found.size()];
    float[] of = new float[4 * labels.length];
    for (int p = 0; p < labels.length; p++) {
      GroundTruth truth = targets.images().get(found.get(p)[1]);
      labels[p] = truth.labels()[found.get(p)[2]];
      System.arraycopy(truth.boxes(), 4 * found.get(p)[2], of, 4 * p, 4);
    }
    return new Objects(column(found, 0), column(found, 1), column(found, 2), labels, of);
  }

  private static int[] column(List<int[]> rows, int column) {
    return rows.stream().mapToInt(row -> row[column]).toArray();
  }

  private Optional<PositiveBoxes> atPositives(
      SecondStage.Predictions predictions, NDArray predicted, Objects shown) {
    if (shown.rows.length == 0) {
      return Optional.empty();
    }
    NDArray boxes = Rows.take(predicted, shown.rows);
    NDArray truth = boxes.getManager().create(shown.boxes, new Shape(shown.rows.length, 4));
    NDArray best =
        Rows.take(predictions.logits(), shown.rows)
            .stopGradient()
            .softmax(1)
            .get(":, :" + classes)
            .max(new int[] {1});
    GeneralizedIouLoss.Overlaps overlaps = GeneralizedIouLoss.overlaps(boxes, truth);
    return Optional.of(
        new PositiveBoxes(best, boxes, truth, overlaps.iou(), overlaps.giou().neg().add(1f)));
  }

  /** Boxes from deltas about boxes, (M, 4) pixels, with gradient. */
  private NDArray decoded(NDArray deltas, List<float[]> boxes, NDManager manager) {
    int count = (int) deltas.getShape().get(0);
    float[] centres = new float[2 * count];
    float[] sizes = new float[2 * count];
    float[] halves = new float[2 * count];
    int at = 0;
    for (float[] own : boxes) {
      for (int i = 0; i < own.length; i += 4) {
        for (int axis = 0; axis < 2; axis++, at++) {
          sizes[at] = own[i + 2 + axis] - own[i + axis];
          halves[at] = sizes[at] / 2;
          centres[at] = (own[i + axis] + own[i + 2 + axis]) / 2;
        }
      }
    }
    Shape pairs = new Shape(count, 2);
    float[] deviations = new float[4];
    for (int e = 0; e < 4; e++) {
      deviations[e] = (float) coder.deviations()[e];
    }
    NDList parts = deltas.mul(manager.create(deviations)).split(2, 1);
    float clamp = (float) coder.clamp();
    NDArray centre =
        parts.get(0).mul(manager.create(sizes, pairs)).add(manager.create(centres, pairs));
    NDArray half = parts.get(1).clip(-clamp, clamp).exp().mul(manager.create(halves, pairs));
    return NDArrays.concat(new NDList(centre.sub(half), centre.add(half)), 1);
  }

  /**
   * The deltas of each box's class.
   *
   * @param deltas (M, 4) or (M, 4 * K)
   * @param rows (P) some of the M
   * @param labels (M) class of each
   * @return (P, 4)
   */
  static NDArray ofClasses(NDArray deltas, int[] rows, int[] labels) {
    int boxes = (int) (deltas.getShape().get(1) / 4);
    if (boxes == 1) {
      return Rows.take(deltas, rows);
    }
    int[] own = new int[rows.length];
    for (int p = 0; p < rows.length; p++) {
      own[p] = rows[p] * boxes + labels[rows[p]];
    }
    return Rows.take(deltas.reshape(-1, 4), own);
  }
}
