package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDManager;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.view.BoxDistributions;
import dev.lectern.trainer.view.ClassRows;
import dev.lectern.trainer.view.LevelMaps;
import dev.lectern.trainer.view.PositiveBoxes;
import dev.lectern.trainer.view.PredictedBoxes;
import dev.lectern.trainer.view.TokenMaps;
import java.util.Optional;

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
    NDManager manager) {}
