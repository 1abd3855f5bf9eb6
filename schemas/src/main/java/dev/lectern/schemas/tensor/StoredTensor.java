package dev.lectern.schemas.tensor;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a container holds of a tensor.
 *
 * @param values the dense tensor, or (C, M) with a column for each stored position
 * @param positions list of the stored positions; empty for a dense tensor
 */
record StoredTensor(Tensor values, byte[] positions) {
  private static final byte[] NONE = {};

  static List<StoredTensor> of(List<Tensor> tensors, StoredPositions positions) {
    if (positions.set() == Positions.DENSE) {
      return tensors.stream().map(tensor -> new StoredTensor(tensor, NONE)).toList();
    }
    if (tensors.size() != positions.perTensor().size()) {
      throw new IllegalArgumentException(
          "found positions of "
              + positions.perTensor().size()
              + " tensors, expected "
              + tensors.size());
    }
    List<StoredTensor> stored = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      stored.add(columns(tensors.get(i), positions.perTensor().get(i)));
    }
    return stored;
  }

  private static StoredTensor columns(Tensor tensor, int[] positions) {
    int[] shape = tensor.shape();
    if (shape.length < 2 || shape[0] == 0) {
      throw new IllegalArgumentException(
          "tensor " + tensor.name() + " of shape " + Arrays.toString(shape) + " has no positions");
    }
    FloatBuffer dense = tensor.values();
    int channels = shape[0];
    int cells = dense.remaining() / channels;
    byte[] list = PositionList.write(positions, cells);
    float[] row = new float[cells];
    float[] columns = new float[channels * positions.length];
    for (int c = 0, at = 0; c < channels; c++) {
      dense.get(c * cells, row);
      requireFinite(tensor, c * cells, row);
      for (int position : positions) {
        columns[at++] = row[position];
      }
    }
    return new StoredTensor(Tensor.of(tensor.name(), columns, channels, positions.length), list);
  }

  /** A NaN anywhere makes the whole tensor suspect. */
  private static void requireFinite(Tensor tensor, int first, float[] values) {
    if (!Float.isFinite(ValueEncoder.largestMagnitude(values, values.length))) {
      for (int i = 0; i < values.length; i++) {
        if (!Float.isFinite(values[i])) {
          throw ValueEncoder.notFinite(tensor, first + i, values[i]);
        }
      }
    }
  }
}
