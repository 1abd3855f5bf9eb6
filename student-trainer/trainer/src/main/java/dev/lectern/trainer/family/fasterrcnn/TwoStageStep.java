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
import dev.lectern.detector.prior.PriorGrid;
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
import dev.lectern.trainer.view.CornerBoxes;
import dev.lectern.trainer.view.LevelMaps;
import dev.lectern.trainer.view.PositiveBoxes;
import dev.lectern.trainer.view.PredictedBoxes;
import dev.lectern.trainer.view.StudentRows;
import dev.lectern.trainer.view.TeacherInstances;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
    teacher.checkPositions(targets.rows().count());
    List<NDArray> features = outputs.get(TensorRole.FEATURES);
    int levels = targets.rows().levels();
    Step ofCells =
        new Step(
            new ClassRows(null, teacher),
            new LevelMaps("class logits", List.of(), teacher.clsMaps(), levels),
            Optional.empty(),
            new PredictedBoxes(
                null, seen.isEmpty() ? anchors : anchors.onLevels(seen), teacher, targets.rows()),
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
    TeacherInstances given = teacher.instances();
    boolean isPaired =
        given != null && given.areProposals() && given.has(TensorRole.INSTANCE_LOGITS);
    return ofCells.with(
        isPaired ? Optional.of(ofInstances(ofCells, teacher, given)) : Optional.empty(), given);
  }

  /** Rows are the teacher's proposals, at which the student looks too. */
  private Step ofInstances(Step ofCells, TeacherOutputs teacher, TeacherInstances given) {
    NDManager manager = ofCells.manager();
    int images = given.counts().length;
    int perImage = Math.max(1, Arrays.stream(given.counts()).max().orElse(0));
    int columns = given.logitColumns();
    List<float[]> boxes = new ArrayList<>();
    float[] logits = new float[images * perImage * columns];
    int[] labels = new int[images * perImage];
    for (int image = 0; image < images; image++) {
      float[] own = new float[4 * perImage];
      for (int i = 0; i < perImage && given.counts()[image] > 0; i++) {
        // rows beyond the count repeat the last one
        int row = Math.min(i, given.counts()[image] - 1);
        float[] box = given.row(TensorRole.INSTANCE_BOXES, image, row, 4);
        System.arraycopy(box, 0, own, 4 * i, 4);
        float[] recorded = given.row(TensorRole.INSTANCE_LOGITS, image, row, columns);
        System.arraycopy(recorded, 0, logits, (image * perImage + i) * columns, columns);
        labels[image * perImage + i] = given.label(image, row);
      }
      boxes.add(own);
    }
    PriorGrid grid = PriorGrid.points(List.of(new LevelGrid(1, 1, perImage)), 0);
    BatchRows rows = new BatchRows(grid, images);
    Objects shown = objects(boxes, given.counts(), perImage);
    for (int p = 0; p < shown.rows.length; p++) {
      labels[shown.rows[p]] = shown.labels[p];
    }
    SecondStage.Predictions predictions =
        second.predict(new NDList(outputs.get(TensorRole.FEATURES)), boxes);
    int[] all = IntStream.range(0, rows.count()).toArray();
    NDArray predicted = decoded(ofClasses(predictions.deltas(), all, labels), boxes, manager);
    BoxReading corners = new BoxReading(new CornerBoxes(), grid);
    TeacherOutputs paired =
        teacher.ofInstances(
            manager.create(logits, new Shape(rows.count(), columns)),
            manager.create(theirs(given, perImage, labels), new Shape(rows.count(), 4)),
            corners);
    RowRegion positives =
        new RowRegion(shown.rows, shown.weights(), new int[] {0, shown.rows.length});
    return new Step(
            new ClassRows(new StudentRows(predictions.logits()), paired),
            ofCells.classMaps(),
            Optional.empty(),
            new PredictedBoxes(new StudentRows(predicted), corners, paired, rows),
            ofCells.features(),
            ofCells.tokens(),
            atPositives(predictions, predicted, shown),
            new InstanceTargets(rows, positives, boxes, looking, targets),
            ofCells.progress(),
            manager)
        .with(Optional.empty(), given);
  }

  /**
   * Which rows show an object.
   *
   * @param rows (P) ascending
   * @param labels (P) of the objects
   * @param boxes (P, 4) of the objects
   */
  private record Objects(int[] rows, int[] labels, float[] boxes) {
    float[] weights() {
      float[] ones = new float[rows.length];
      Arrays.fill(ones, 1);
      return ones;
    }
  }

  private Objects objects(List<float[]> boxes, int[] counts, int perImage) {
    List<int[]> found = new ArrayList<>();
    for (int image = 0; image < boxes.size(); image++) {
      GroundTruth truth = targets.images().get(image);
      if (truth.labelled()) {
        float[] own = Arrays.copyOf(boxes.get(image), 4 * counts[image]);
        int[] assigned = looking.assign(own, truth.boxes());
        for (int i = 0; i < assigned.length; i++) {
          if (assigned[i] >= 0) {
            found.add(new int[] {image * perImage + i, image, assigned[i]});
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
    return new Objects(found.stream().mapToInt(p -> p[0]).toArray(), labels, of);
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

  /** The teacher's final boxes, (N * P, 4). */
  private static float[] theirs(TeacherInstances given, int perImage, int[] labels) {
    float[] boxes = new float[4 * labels.length];
    for (int i = 0; i < labels.length; i++) {
      int image = i / perImage;
      if (given.counts()[image] > 0) {
        int row = Math.min(i % perImage, given.counts()[image] - 1);
        System.arraycopy(given.box(image, row, labels[i]), 0, boxes, 4 * i, 4);
      }
    }
    return boxes;
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
