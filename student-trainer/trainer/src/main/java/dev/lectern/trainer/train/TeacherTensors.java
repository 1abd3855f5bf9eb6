package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.replay.StoredRows;
import dev.lectern.trainer.replay.TeacherArrays;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.TeacherOutputs;
import dev.lectern.trainer.view.TeacherRows;
import java.util.ArrayList;
import java.util.List;

/**
 * One teacher's part of a batch.
 *
 * @param stored what the recording holds of it
 * @param scope takes the arrays
 */
record TeacherTensors(TeacherArrays stored, NDManager scope) {
  /**
   * What the losses are given.
   *
   * @param match the teacher's levels and bins against the student's
   */
  TeacherOutputs of(TeacherMatch match) {
    List<Integer> levels = match.levels();
    List<NDArray> clsMaps = maps(TensorRole.CLASS_LOGITS, levels);
    BoxReading reading = match.boxes();
    return new TeacherOutputs(
        rows(TensorRole.CLASS_LOGITS, clsMaps, match),
        reading == null
            ? null
            : rows(reading.decoder().role(), maps(reading.decoder().role(), levels), match),
        reading,
        clsMaps,
        maps(TensorRole.FEATURES, levels),
        match.rebinning());
  }

  /** Tensors of a role that hold every position, on the teacher's levels in this order. */
  List<NDArray> maps(TensorRole role, List<Integer> levels) {
    List<NDArray> arrays = new ArrayList<>();
    for (int level : levels) {
      String name = role.at(level);
      if (stored.maps().containsKey(name)) {
        arrays.add(BatchArrays.of(stored.maps().get(name), scope));
      } else if (stored.narrow().containsKey(name)) {
        arrays.add(BatchArrays.of(stored.narrow().get(name), scope));
      }
    }
    return arrays;
  }

  private TeacherRows rows(TensorRole role, List<NDArray> dense, TeacherMatch match) {
    if (!dense.isEmpty()) {
      return TeacherRows.of(dense, match.anchorsPerCell());
    }
    List<StoredRows> perLevel =
        match.levels().stream()
            .filter(l -> stored.rows().containsKey(role.at(l)))
            .map(l -> stored.rows().get(role.at(l)))
            .toList();
    return perLevel.isEmpty() ? null : joined(perLevel).ofAnchors(match.anchorsPerCell());
  }

  /** Levels one after the other, as the rows of a batch are. */
  private TeacherRows joined(List<StoredRows> levels) {
    int[] index = new int[levels.stream().mapToInt(level -> level.index().length).sum()];
    NDList present = new NDList();
    int first = 0;
    int at = 0;
    for (StoredRows level : levels) {
      for (int row : level.index()) {
        index[at++] = row < 0 ? -1 : first + row;
      }
      int count = (int) level.rows().shape()[0];
      if (count > 0) {
        present.add(BatchArrays.of(level.rows(), scope));
      }
      first += count;
    }
    long channels = levels.get(0).rows().shape()[1];
    NDArray values =
        present.isEmpty() ? scope.zeros(new Shape(1, channels)) : NDArrays.concat(present);
    return new TeacherRows(values, index);
  }
}
