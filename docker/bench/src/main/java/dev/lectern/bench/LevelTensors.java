package dev.lectern.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.view.CanvasSize;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Teacher outputs out of a NumPy archive, as a worker holds them: outside the heap, one tensor a
 * level.
 *
 * @param arrays for each float32 array its views, each the levels of one view
 * @param regions for each view and level the positions near objects; empty if the archive does not
 *     say
 */
record LevelTensors(Map<String, List<List<Tensor>>> arrays, List<List<int[]>> regions) {

  /**
   * Reads every float32 array of shape (views, channels, positions), where the positions are those
   * of all levels one after the other. Arrays of booleans of shape (views, positions) mark
   * positions near objects, together; arrays of other types are left out.
   *
   * @param levels size of each level in cells
   * @throws UserMistakeException if this is no such archive
   */
  static LevelTensors read(Path file, List<CanvasSize> levels) throws IOException {
    Map<String, List<List<Tensor>>> arrays = new LinkedHashMap<>();
    boolean[] near = null;
    try (NDManager manager = NDManager.newBaseManager();
        InputStream in = Files.newInputStream(file);
        NDList list = NDList.decode(manager, in)) {
      for (NDArray array : list) {
        if (array.getDataType() == DataType.FLOAT32) {
          arrays.put(array.getName(), views(file, array, levels));
        } else if (array.getDataType() == DataType.BOOLEAN && array.getShape().dimension() == 2) {
          near = either(near, array.toBooleanArray());
        }
      }
    } catch (IllegalArgumentException e) {
      throw new UserMistakeException(file + ": expected a NumPy archive: " + e.getMessage());
    }
    if (arrays.isEmpty()) {
      throw new UserMistakeException(file + ": found no float32 array in a NumPy archive");
    }
    long views = arrays.values().iterator().next().size();
    if (views == 0 || arrays.values().stream().anyMatch(list -> list.size() != views)) {
      throw new UserMistakeException(file + ": expected arrays of equally many views");
    }
    return new LevelTensors(arrays, near == null ? List.of() : regions(near, levels));
  }

  private static boolean[] either(boolean[] one, boolean[] other) {
    for (int i = 0; one != null && i < Math.min(one.length, other.length); i++) {
      other[i] |= one[i];
    }
    return other;
  }

  private static List<List<int[]>> regions(boolean[] near, List<CanvasSize> levels) {
    List<List<int[]>> views = new ArrayList<>();
    int first = 0;
    while (first < near.length) {
      List<int[]> ofView = new ArrayList<>();
      for (CanvasSize level : levels) {
        int begin = first;
        int cells = level.width() * level.height();
        ofView.add(IntStream.range(0, cells).filter(i -> near[begin + i]).toArray());
        first += cells;
      }
      views.add(ofView);
    }
    return views;
  }

  private static List<List<Tensor>> views(Path file, NDArray array, List<CanvasSize> levels) {
    Shape shape = array.getShape();
    long cells = levels.stream().mapToLong(l -> (long) l.width() * l.height()).sum();
    if (shape.dimension() != 3 || shape.get(2) != cells) {
      throw new UserMistakeException(
          file
              + ": array "
              + array.getName()
              + " has shape "
              + shape
              + ", expected (views, channels, "
              + cells
              + ") for levels of "
              + levels
              + " cells");
    }
    float[] numbers = array.toFloatArray();
    int channels = (int) shape.get(1);
    List<List<Tensor>> views = new ArrayList<>();
    for (int view = 0; view < shape.get(0); view++) {
      List<Tensor> tensors = new ArrayList<>();
      int first = 0;
      for (CanvasSize level : levels) {
        int size = level.width() * level.height();
        FloatBuffer values =
            ByteBuffer.allocateDirect(channels * size * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int c = 0; c < channels; c++) {
          values.put(numbers, (view * channels + c) * (int) cells + first, size);
        }
        tensors.add(
            new Tensor(
                array.getName() + "." + tensors.size(),
                new int[] {channels, level.height(), level.width()},
                values.flip()));
        first += size;
      }
      views.add(tensors);
    }
    return views;
  }

  int views() {
    return arrays.values().iterator().next().size();
  }

  /** Bytes of one view as float32. */
  long float32Bytes() {
    return arrays.values().stream()
        .flatMap(views -> views.get(0).stream())
        .mapToLong(tensor -> (long) tensor.values().remaining() * Float.BYTES)
        .sum();
  }
}
