package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDManager;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.view.BoxDistributions;
import dev.lectern.trainer.view.ClassRows;
import dev.lectern.trainer.view.LevelMaps;
import dev.lectern.trainer.view.PositiveBoxes;
import dev.lectern.trainer.view.PredictedBoxes;
import dev.lectern.trainer.view.TeacherInstances;
import dev.lectern.trainer.view.TokenMaps;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What a term computes one step from: a student, one teacher, the ground truth, and how far the run
 * is.
 *
 * @param classes class logits, row by row
 * @param classMaps class logits, level by level
 * @param distributions box distributions, row by row; empty where the student's boxes are none
 * @param boxes predicted boxes, row by row; null where the student gives none
 * @param features of the necks, level by level
 * @param tokens the teacher's finest features, of any stride; null if no loss reads them
 * @param positives the student's boxes at the positives; empty where there are none
 * @param targets what follows from the ground truth
 * @param progress how far the run is
 * @param manager owns the step's arrays
 * @param instances the same where rows are the boxes that teacher and student look at, with the
 *     teacher's instances, made when a loss first reads it; null where rows are the student's cells
 * @param given what the teacher gives for instances; null where it gives cells
 */
public record Step(
    ClassRows classes,
    LevelMaps classMaps,
    Optional<BoxDistributions> distributions,
    PredictedBoxes boxes,
    LevelMaps features,
    TokenMaps tokens,
    Optional<PositiveBoxes> positives,
    BatchTargets targets,
    TrainingProgress progress,
    NDManager manager,
    Supplier<Step> instances,
    TeacherInstances given) {

  /** Without instances. */
  public Step(
      ClassRows classes,
      LevelMaps classMaps,
      Optional<BoxDistributions> distributions,
      PredictedBoxes boxes,
      LevelMaps features,
      TokenMaps tokens,
      Optional<PositiveBoxes> positives,
      BatchTargets targets,
      TrainingProgress progress,
      NDManager manager) {
    this(
        classes,
        classMaps,
        distributions,
        boxes,
        features,
        tokens,
        positives,
        targets,
        progress,
        manager,
        null,
        null);
  }

  /** Copy with what the teacher gives for instances. */
  public Step with(Supplier<Step> ofInstances, TeacherInstances teacher) {
    return new Step(
        classes,
        classMaps,
        distributions,
        boxes,
        features,
        tokens,
        positives,
        targets,
        progress,
        manager,
        ofInstances,
        teacher);
  }

  /** The rows that stand for instances, ascending; of images with fewer the others are left out. */
  int[] instanceRows() {
    int perImage = targets.rows().count() / given.counts().length;
    return IntStream.range(0, targets.rows().count())
        .filter(row -> row % perImage < given.counts()[row / perImage])
        .toArray();
  }

  /** The step whose rows can be compared: of instances where there are any, else of cells. */
  Step ofRows() {
    return instances == null ? this : instances.get();
  }
}
