package dev.lectern.trainer.family.dense;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.DistributionDecoder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.LevelTargets;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.distil.Step;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.view.AnchorMaximum;
import dev.lectern.trainer.view.BoxDistributions;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.ClassRows;
import dev.lectern.trainer.view.LevelMaps;
import dev.lectern.trainer.view.MatchedInstances;
import dev.lectern.trainer.view.PositiveBoxes;
import dev.lectern.trainer.view.PredictedBoxes;
import dev.lectern.trainer.view.StudentRows;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The outputs of a student with one prediction per prior, row by row; what follows from them is
 * computed once a step for all losses.
 */
public final class DenseStudent {
  private final Outputs<NDArray> outputs;
  private final DenseTargets targets;
  private final BoxReading reading;
  private final StudentRows cls;
  private final StudentRows boxes;
  private final StudentRows scores;
  private Optional<PositiveBoxes> positives;

  /**
   * @param reading how its box outputs become boxes
   * @throws IllegalArgumentException if the outputs have other rows than the targets
   */
  public DenseStudent(Outputs<NDArray> outputs, DenseTargets targets, BoxReading reading) {
    this.outputs = outputs;
    this.targets = targets;
    this.reading = reading;
    this.cls = rows(TensorRole.CLASS_LOGITS);
    this.boxes = rows(reading.decoder().role());
    this.scores = isJoint() ? rows(TensorRole.JOINT_SCORE) : cls;
    checkShapes(targets.rows().count());
  }

  private StudentRows rows(TensorRole role) {
    return new StudentRows(outputs.get(role), reading.priors().anchorsPerCell());
  }

  private void checkShapes(int rows) {
    int channels = reading.decoder().channels();
    if (cls.all().getShape().get(0) != rows
        || !boxes.all().getShape().equals(new Shape(rows, channels))) {
      throw new IllegalArgumentException(
          "student has class rows "
              + cls.all().getShape()
              + " and box rows "
              + boxes.all().getShape()
              + ", expected ("
              + rows
              + ", K) and ("
              + rows
              + ", "
              + channels
              + ")");
    }
  }

  private PositiveBoxes atPositives() {
    RowRegion main = targets.positives();
    cls.at(main);
    NDArray values = boxes.at(main);
    NDArray best = scoresAtPositives().stopGradient().max(new int[] {1});
    NDArray predicted =
        reading.decoder().boxes(values, reading.priors(), targets.rows().positionsOf(main.rows()));
    NDArray truth = manager().create(targets.boxes(), new Shape(main.count(), 4));
    GeneralizedIouLoss.Overlaps overlaps = GeneralizedIouLoss.overlaps(predicted, truth);
    return new PositiveBoxes(
        isJoint() ? best : best.getNDArrayInternal().sigmoid(),
        predicted,
        truth,
        overlaps.iou(),
        overlaps.giou().neg().add(1f));
  }

  /** Owns the step's arrays. */
  public NDManager manager() {
    return outputs.get(TensorRole.CLASS_LOGITS).get(0).getManager();
  }

  /** Whether the head gives scores that are not the sigmoids of its class logits. */
  public boolean isJoint() {
    return outputs.has(TensorRole.JOINT_SCORE);
  }

  /** (N * R, K) class logits, or the probabilities of a head with joint scores. */
  public NDArray scores() {
    return scores.all();
  }

  /** The same at the positives, (P, K). */
  public NDArray scoresAtPositives() {
    return scores.at(targets.positives());
  }

  /** Box outputs. */
  public StudentRows boxes() {
    return boxes;
  }

  /** Quality logits at the positives, (P). */
  public NDArray qualityAtPositives() {
    return rows(TensorRole.QUALITY).at(targets.positives()).squeeze(1);
  }

  /** Boxes at the positives; empty where there are none. */
  public Optional<PositiveBoxes> positives() {
    if (positives == null) {
      positives = targets.positives().count() > 0 ? Optional.of(atPositives()) : Optional.empty();
    }
    return positives;
  }

  /** A scalar 0 with the student's gradient. */
  public NDArray zero() {
    return Rows.zero(boxes.all());
  }

  /** Maps of as many anchors per cell as the teacher's, or of the largest logit of each cell. */
  private List<NDArray> classMaps(TeacherOutputs teacher, List<NDArray> own) {
    long channels = own.get(0).getShape().get(1);
    if (teacher.clsMaps().values().stream().allMatch(map -> map.getShape().get(1) == channels)) {
      return own;
    }
    int anchors = reading.priors().anchorsPerCell();
    return own.stream().map(map -> AnchorMaximum.of(map, anchors)).toList();
  }

  /** What distillation losses compute from, with one teacher. */
  public Step step(TeacherOutputs given, TrainingProgress progress) {
    TeacherOutputs teacher = given.instances() == null ? given : matched(given);
    Levels seen = teacher.levels().isEmpty() ? onEvery() : on(teacher.levels());
    BatchRows order = seen.targets().rows();
    teacher.checkPositions(order.count());
    List<NDArray> features = outputs.get(TensorRole.FEATURES);
    return new Step(
        new ClassRows(seen.cls(), teacher),
        new LevelMaps(
            "class logits",
            classMaps(teacher, seen.of(outputs.get(TensorRole.CLASS_LOGITS))),
            teacher.clsMaps(),
            order.levels()),
        reading.decoder() instanceof DistributionDecoder distributions
            ? Optional.of(new BoxDistributions(seen.boxes(), distributions.bins(), teacher, order))
            : Optional.empty(),
        new PredictedBoxes(seen.boxes(), seen.reading(), teacher, order),
        new LevelMaps("features", seen.of(features), teacher.features(), order.levels()),
        teacher.tokensWith(features),
        seen.positives(),
        seen.targets(),
        progress,
        manager(),
        null,
        given.instances());
  }

  /** What the instances that stand for objects say at the positives. */
  private TeacherOutputs matched(TeacherOutputs teacher) {
    RowRegion main = targets.positives();
    PriorGrid priors = reading.priors();
    LevelGrid finest = priors.levels().get(0);
    int[] strides = new int[main.count()];
    for (int p = 0; p < strides.length; p++) {
      strides[p] = targets.rows().strideOf(main.rows()[p]);
    }
    return MatchedInstances.of(
            teacher.instances(),
            targets.truth(),
            (double) finest.width() * finest.stride(),
            (double) finest.height() * finest.stride())
        .at(
            new MatchedInstances.Positives(
                main.rows(), targets.images(), targets.objects(), targets.centres(), strides),
            teacher,
            priors,
            targets.rows().count(),
            main.count() == 0 ? null : cls.at(main).stopGradient(),
            manager());
  }

  /**
   * What losses see of the student: its levels, or those that a teacher has too.
   *
   * @param numbers of the levels among the student's
   */
  private record Levels(
      List<Integer> numbers,
      StudentRows cls,
      StudentRows boxes,
      BoxReading reading,
      Optional<PositiveBoxes> positives,
      BatchTargets targets) {
    List<NDArray> of(List<NDArray> maps) {
      return maps.isEmpty() ? maps : numbers.stream().map(maps::get).toList();
    }
  }

  private Levels onEvery() {
    List<Integer> all = IntStream.range(0, targets.rows().levels()).boxed().toList();
    return new Levels(all, cls, boxes, reading, positives(), targets);
  }

  private Levels on(List<Integer> some) {
    int anchors = reading.priors().anchorsPerCell();
    int[] bounds = targets.positives().bounds();
    int[] kept =
        some.stream()
            .flatMapToInt(level -> IntStream.range(bounds[level], bounds[level + 1]))
            .toArray();
    return new Levels(
        some,
        new StudentRows(
            some.stream().map(outputs.get(TensorRole.CLASS_LOGITS)::get).toList(), anchors),
        new StudentRows(
            some.stream().map(outputs.get(reading.decoder().role())::get).toList(), anchors),
        reading.onLevels(some),
        kept.length == 0 ? Optional.empty() : positives().map(boxes -> boxes.at(kept)),
        new LevelTargets(targets.rows().onLevels(some), some, targets));
  }
}
