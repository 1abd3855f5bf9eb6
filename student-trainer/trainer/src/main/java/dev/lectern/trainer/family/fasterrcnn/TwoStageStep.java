package dev.lectern.trainer.family.fasterrcnn;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.box.DeltaCoder;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.LevelTargets;
import dev.lectern.trainer.assign.MaxIouAssigner;
import dev.lectern.trainer.distil.Step;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.ClassRows;
import dev.lectern.trainer.view.LevelMaps;
import dev.lectern.trainer.view.PredictedBoxes;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.List;
import java.util.Optional;

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
    return new Step(
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
