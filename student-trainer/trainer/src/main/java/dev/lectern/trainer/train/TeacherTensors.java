package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.objective.TeacherOutputs;
import dev.lectern.trainer.objective.TeacherRows;
import dev.lectern.trainer.replay.StoredRows;
import dev.lectern.trainer.replay.TeacherArrays;
import java.util.ArrayList;
import java.util.List;

/**
 * One teacher's part of a batch.
 *
 * @param said what the recording holds of it
 * @param scope takes the arrays
 */
record TeacherTensors(TeacherArrays said, NDManager scope) {
  /**
   * What the losses are given.
   *
   * @param levels the teacher's level for each of the student's
   */
  TeacherOutputs of(List<Integer> levels) {
    List<NDArray> clsMaps = maps(TensorRole.CLASS_LOGITS, levels);
    return new TeacherOutputs(
        logits(TensorRole.CLASS_LOGITS, clsMaps, levels),
        logits(TensorRole.BOX_DISTRIBUTION, maps(TensorRole.BOX_DISTRIBUTION, levels), levels),
        clsMaps,
        maps(TensorRole.FEATURES, levels));
  }

  /** Tensors of a role that hold every position, on the teacher's levels in this order. */
  List<NDArray> maps(TensorRole role, List<Integer> levels) {
    List<NDArray> arrays = new ArrayList<>();
    for (int level : levels) {
      String name = role.at(level);
      if (said.maps().containsKey(name)) {
        arrays.add(BatchArrays.of(said.maps().get(name), scope));
      } else if (said.narrow().containsKey(name)) {
        arrays.add(BatchArrays.of(said.narrow().get(name), scope));
      }
    }
    return arrays;
  }

  private TeacherRows logits(TensorRole role, List<NDArray> dense, List<Integer> levels) {
    if (!dense.isEmpty()) {
      return TeacherRows.of(dense);
    }
    List<StoredRows> stored =
        levels.stream()
            .filter(l -> said.rows().containsKey(role.at(l)))
            .map(l -> said.rows().get(role.at(l)))
            .toList();
    return stored.isEmpty() ? null : joined(stored);
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
