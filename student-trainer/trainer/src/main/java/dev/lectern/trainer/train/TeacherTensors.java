package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.replay.FloatArray;
import dev.lectern.trainer.replay.StoredRows;
import dev.lectern.trainer.replay.TeacherArrays;
import dev.lectern.trainer.view.AnchorMaximum;
import dev.lectern.trainer.view.TeacherInstances;
import dev.lectern.trainer.view.TeacherOutputs;
import dev.lectern.trainer.view.TeacherRows;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
   * @param match the teacher's levels, anchors and bins against the student's
   */
  TeacherOutputs of(Correspondence match) {
    if (match.instances() != null) {
      return ofInstances(match);
    }
    List<Integer> levels = match.inCommon();
    Map<Integer, NDArray> clsMaps = maps(TensorRole.CLASS_LOGITS, levels);
    int[] anchors = match.choosesAnchors() ? bestAnchors(clsMaps, match) : new int[0];
    return new TeacherOutputs(
        rows(TensorRole.CLASS_LOGITS, clsMaps, match, match.studentAnchors()),
        match.boxes() == null ? null : boxes(match, anchors),
        match.boxes(),
        ofCells(clsMaps, match),
        maps(TensorRole.FEATURES, levels),
        match.tokenChannels() == 0 ? null : maps(TensorRole.FEATURES, List.of(0)).get(0),
        match.rebinning(),
        anchors,
        match.seen());
  }

  /** The anchor of each cell with the largest class logit, as its boxes stand for the cell. */
  private int[] bestAnchors(Map<Integer, NDArray> clsMaps, Correspondence match) {
    int anchors = match.teacherAnchors();
    return rows(TensorRole.CLASS_LOGITS, clsMaps, match, anchors).bestAnchors(anchors);
  }

  private TeacherRows boxes(Correspondence match, int[] chosen) {
    TensorRole role = match.boxes().decoder().role();
    Map<Integer, NDArray> dense = maps(role, match.inCommon());
    return chosen.length == 0
        ? rows(role, dense, match, match.studentAnchors())
        : rows(role, dense, match, match.teacherAnchors()).ofChosen(chosen, match.teacherAnchors());
  }

  /** Instances beside the features of every level of the student that the teacher has. */
  private TeacherOutputs ofInstances(Correspondence match) {
    return new TeacherOutputs(
            null,
            null,
            null,
            Map.of(),
            maps(TensorRole.FEATURES, match.levels()),
            match.tokenChannels() == 0 ? null : maps(TensorRole.FEATURES, List.of(0)).get(0),
            null,
            new int[0],
            List.of())
        .with(instances(match));
  }

  private TeacherInstances instances(Correspondence match) {
    TeacherDescriptor teacher = match.instances();
    Map<TensorRole, float[]> numbers = new EnumMap<>(TensorRole.class);
    for (RecordedTensor tensor : TensorLayout.tensors(teacher, List.of(TensorKind.INSTANCES))) {
      FloatArray array = stored.maps().get(tensor.getName());
      float[] values = new float[array.bytes().remaining() / Float.BYTES];
      array.bytes().asFloatBuffer().get(values);
      numbers.put(TensorLayout.role(tensor), values);
    }
    float[] counts = numbers.remove(TensorRole.INSTANCE_COUNT);
    int[] whole = new int[counts.length];
    for (int image = 0; image < whole.length; image++) {
      whole[image] = Math.round(counts[image]);
    }
    return new TeacherInstances(
        TensorLayout.instances(teacher),
        whole,
        numbers,
        teacher.getClasses(),
        teacher.getBoxes(),
        match.classes());
  }

  /** The largest logit of each cell where the networks differ in anchors per cell. */
  private static Map<Integer, NDArray> ofCells(
      Map<Integer, NDArray> clsMaps, Correspondence match) {
    Map<Integer, NDArray> ofCells = new TreeMap<>(clsMaps);
    if (match.teacherAnchors() != match.studentAnchors()) {
      ofCells.replaceAll((level, map) -> AnchorMaximum.of(map, match.teacherAnchors()));
    }
    return ofCells;
  }

  /**
   * Tensors of a role that hold every position.
   *
   * @param levels of the teacher; -1 for none
   * @return those that are recorded, by the place of their level in the list, ascending
   */
  Map<Integer, NDArray> maps(TensorRole role, List<Integer> levels) {
    Map<Integer, NDArray> arrays = new TreeMap<>();
    for (int place = 0; place < levels.size(); place++) {
      String name = role.at(levels.get(place));
      if (stored.maps().containsKey(name)) {
        arrays.put(place, BatchArrays.of(stored.maps().get(name), scope));
      } else if (stored.narrow().containsKey(name)) {
        arrays.put(place, BatchArrays.of(stored.narrow().get(name), scope));
      }
    }
    return arrays;
  }

  /**
   * Null where nothing is recorded.
   *
   * @param anchors per cell that rows are wanted for
   */
  private TeacherRows rows(
      TensorRole role, Map<Integer, NDArray> dense, Correspondence match, int anchors) {
    if (!dense.isEmpty()) {
      return TeacherRows.of(List.copyOf(dense.values()), match.teacherAnchors(), anchors);
    }
    List<StoredRows> perLevel =
        match.inCommon().stream()
            .filter(l -> stored.rows().containsKey(role.at(l)))
            .map(l -> stored.rows().get(role.at(l)))
            .toList();
    return perLevel.isEmpty() ? null : joined(perLevel).ofAnchors(match.teacherAnchors(), anchors);
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
