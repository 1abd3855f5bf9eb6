package dev.lectern.teacher.model;

import dev.lectern.schemas.descriptor.Conversion;
import dev.lectern.schemas.descriptor.Conversion.Numbers;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Makes a tensor of instances, (P, numbers) or (P), from an output with rows: (N, R, numbers), (N,
 * R), or for a batch of one view without the N; R may differ from batch to batch. Rows beyond P are
 * left out: exports give the best first.
 *
 * <pre>
 *   count     P or R, whichever is less; or what an output says; or the rows before the first
 *             whose number is not above 0
 *   xyxy      of cxcywh: (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2); parts times the input's size
 * </pre>
 *
 * @param rows P
 * @param columns numbers of a row
 * @param conversion of the tensor
 * @param isCount whether it says how many rows count
 * @param source the output that it is made from
 * @param width of the input, pixels
 * @param height likewise
 */
record InstanceConversion(
    int rows,
    int columns,
    Conversion conversion,
    boolean isCount,
    Source source,
    int width,
    int height)
    implements OutputConversion {

  static InstanceConversion of(TeacherDescriptor teacher, RecordedTensor tensor) {
    return new InstanceConversion(
        TensorLayout.instances(teacher),
        columns(tensor),
        Conversion.of(tensor),
        TensorLayout.role(tensor) == TensorRole.INSTANCE_COUNT,
        Source.of(
            teacher.getTensors().stream()
                .filter(t -> t.getOutput().equals(tensor.getOutput()))
                .toList()),
        teacher.getInputWidth(),
        teacher.getInputHeight());
  }

  private static int columns(RecordedTensor tensor) {
    return tensor.getShape().size() == 1 ? 1 : tensor.getShape().get(1);
  }

  /**
   * An output as all tensors that are made from it describe it: of the number of rows alone, its
   * axes could not be told.
   *
   * @param isColumns whether it is (N, C, R)
   * @param isFlat whether it has one number per row, and may lack the axis of channels
   * @param explained channels that the descriptor names, at least
   */
  record Source(boolean isColumns, boolean isFlat, int explained) {
    private static Source of(List<RecordedTensor> tensors) {
      List<Conversion> conversions = tensors.stream().map(Conversion::of).toList();
      int explained = conversions.stream().mapToInt(Conversion::to).max().orElse(0);
      return new Source(
          conversions.stream().anyMatch(c -> c.layout() == Conversion.Layout.COLUMNS),
          explained == 0 && tensors.stream().allMatch(t -> columns(t) == 1),
          explained);
    }
  }

  @Override
  public boolean isNone() {
    return false;
  }

  @Override
  public boolean isFixed() {
    return false;
  }

  @Override
  public List<long[]> expected(int batchSize) {
    if (conversion.numbers() == Numbers.COUNT) {
      return List.of(new long[] {batchSize}, new long[] {batchSize, 1});
    }
    long channels = conversion.to() == 0 ? columns : source.explained();
    return source.isColumns()
        ? List.of(new long[] {batchSize, channels, rows})
        : channels == 1
            ? List.of(new long[] {batchSize, rows}, new long[] {batchSize, rows, 1})
            : List.of(new long[] {batchSize, rows, channels});
  }

  @Override
  public boolean fits(long[] found, int batchSize) {
    if (conversion.numbers() == Numbers.COUNT) {
      return size(found) == batchSize;
    }
    long[] shape = withBatch(found, batchSize);
    if (shape == null || shape[0] != batchSize) {
      return false;
    }
    long channels = shape[source.isColumns() ? 1 : 2];
    boolean any = isCount && conversion.numbers() == Numbers.SAME;
    return any || (conversion.to() == 0 ? channels == columns : channels >= source.explained());
  }

  /** (N, R, C) or (N, C, R); null for shapes that cannot be either. */
  private long[] withBatch(long[] found, int batchSize) {
    if (found.length == 3) {
      return found;
    }
    if (found.length == 2 && source.isFlat() && found[0] == batchSize) {
      return new long[] {found[0], found[1], 1};
    }
    if (found.length == 2 && batchSize == 1) {
      return new long[] {1, found[0], found[1]};
    }
    return found.length == 1 && batchSize == 1 ? new long[] {1, found[0], 1} : null;
  }

  private static long size(long[] shape) {
    long size = 1;
    for (long side : shape) {
      size *= side;
    }
    return size;
  }

  @Override
  public void convert(FloatBuffer output, long[] found, FloatBuffer into) {
    int views = into.capacity() / (isCount ? 1 : rows * columns);
    if (conversion.numbers() == Numbers.COUNT) {
      for (int view = 0; view < views; view++) {
        into.put(view, Math.max(0, Math.min(rows, Math.round(output.get(view)))));
      }
      return;
    }
    long[] shape = withBatch(found, views);
    int channels = (int) shape[source.isColumns() ? 1 : 2];
    int given = (int) shape[source.isColumns() ? 2 : 1];
    int used = Math.min(rows, given);
    for (int view = 0; view < views; view++) {
      int from = view * channels * given;
      if (isCount) {
        into.put(view, count(output, from, channels, given, used));
        continue;
      }
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          into.put(
              (view * rows + row) * columns + column,
              row < used ? at(output, from, channels, given, row, column) : 0);
        }
        if (conversion.numbers().areBoxes() && row < used) {
          corners(into, (view * rows + row) * columns);
        }
      }
    }
  }

  private float at(FloatBuffer output, int from, int channels, int given, int row, int column) {
    int channel = conversion.from() + column;
    float number =
        output.get(from + (source.isColumns() ? channel * given + row : row * channels + channel));
    return conversion.numbers() == Numbers.LOGIT ? CellConversion.logit(number) : number;
  }

  private int count(FloatBuffer output, int from, int channels, int given, int used) {
    if (conversion.numbers() == Numbers.SAME) {
      return used;
    }
    int count = 0;
    while (count < used && at(output, from, channels, given, count, 0) > 0) {
      count++;
    }
    return count;
  }

  private void corners(FloatBuffer into, int at) {
    double across = conversion.numbers().areParts() ? width : 1;
    double down = conversion.numbers().areParts() ? height : 1;
    double a = into.get(at) * across;
    double b = into.get(at + 1) * down;
    double c = into.get(at + 2) * across;
    double d = into.get(at + 3) * down;
    boolean corners = conversion.numbers().areCorners();
    into.put(at, (float) (corners ? a : a - c / 2));
    into.put(at + 1, (float) (corners ? b : b - d / 2));
    into.put(at + 2, (float) (corners ? c : a + c / 2));
    into.put(at + 3, (float) (corners ? d : b + d / 2));
  }

  /** Sets what stands in rows that do not count to 0. */
  static void clearUnused(TeacherOutputs outputs, int batchSize) {
    List<RecordedTensor> tensors = outputs.specs();
    for (int count = 0; count < tensors.size(); count++) {
      if (TensorLayout.role(tensors.get(count)) == TensorRole.INSTANCE_COUNT) {
        FloatBuffer counts = outputs.batch(count);
        for (int i = 0; i < tensors.size(); i++) {
          if (i != count && tensors.get(i).getKind() == TensorKind.INSTANCES) {
            clear(tensors.get(i), outputs.batch(i), counts, batchSize);
          }
        }
      }
    }
  }

  private static void clear(
      RecordedTensor tensor, FloatBuffer numbers, FloatBuffer counts, int batchSize) {
    int size = TensorLayout.size(tensor);
    int perRow = size / tensor.getShape().get(0);
    for (int view = 0; view < batchSize; view++) {
      for (int at = Math.round(counts.get(view)) * perRow; at < size; at++) {
        numbers.put(view * size + at, 0);
      }
    }
  }
}
