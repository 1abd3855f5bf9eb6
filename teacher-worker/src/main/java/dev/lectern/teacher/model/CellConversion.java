package dev.lectern.teacher.model;

import dev.lectern.schemas.descriptor.Conversion;
import dev.lectern.schemas.descriptor.Conversion.Numbers;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxUnit;
import dev.lectern.schemas.record.CellAnchors;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Makes a recorded tensor (C, H, W) from a model's output, as its {@link Conversion} says. Rows are
 * those of all levels, fine to coarse, inside a level over h, w and the anchors of a cell; or those
 * of the tensor's own level alone.
 *
 * <pre>
 *   logit(p)  = ln(p / (1 - p)), clipped to [-16, 16]
 *   ltrb(box) = (px - x1, py - y1, x2 - px, y2 - py) / unit        (px, py) the cell's point
 *   center(box) = ((cx - px) / stride, (cy - py) / stride, ln(w / stride), ln(h / stride))
 * </pre>
 *
 * <p>A pure function of output and descriptor; immutable, safe for several threads.
 */
final class CellConversion implements OutputConversion {
  /** Beyond it a float32 probability is 0 or 1 to seven digits. */
  private static final float LARGEST_LOGIT = 16f;

  private final RecordedTensor tensor;
  private final Conversion conversion;
  private final TensorRole role;
  private final int anchors;
  private final int rowsBefore;
  private final int rowsOfAll;
  private final int explained;
  private final double gridOffset;
  private final double unit;

  private CellConversion(TeacherDescriptor teacher, RecordedTensor tensor) {
    this.tensor = tensor;
    this.conversion = Conversion.of(tensor);
    this.role = TensorLayout.role(tensor);
    this.anchors = conversion.layout().hasRows() ? anchorsPerCell(teacher, role) : 1;
    int level = TensorLayout.level(tensor);
    this.rowsBefore = rows(teacher, level);
    this.rowsOfAll = rows(teacher, Integer.MAX_VALUE);
    this.explained =
        teacher.getTensors().stream()
            .filter(t -> t.getOutput().equals(tensor.getOutput()))
            .mapToInt(t -> Conversion.of(t).to())
            .max()
            .orElse(0);
    this.gridOffset = teacher.getPriors().getGridOffset();
    this.unit =
        teacher.getBoxes() != null && teacher.getBoxes().getUnit() == BoxUnit.PIXELS
            ? 1
            : tensor.getStride();
  }

  /** The conversion of a tensor of a descriptor. */
  static CellConversion of(TeacherDescriptor teacher, RecordedTensor tensor) {
    return new CellConversion(teacher, tensor);
  }

  private static int anchorsPerCell(TeacherDescriptor teacher, TensorRole role) {
    CellAnchors cell = teacher.getPriors().getAnchors();
    return cell == null || role == TensorRole.FEATURES
        ? 1
        : cell.getSizes().get(0).size() * cell.getRatios().size();
  }

  private int rows(TeacherDescriptor teacher, int endLevel) {
    return TensorLayout.levels(teacher).stream()
        .limit(endLevel)
        .mapToInt(l -> anchors * l.height() * l.width())
        .sum();
  }

  @Override
  public boolean isNone() {
    return conversion.isNone();
  }

  @Override
  public boolean isFixed() {
    return true;
  }

  @Override
  public List<long[]> expected(int batchSize) {
    List<Integer> shape = tensor.getShape();
    long channels = conversion.to() == 0 ? shape.get(0) / anchors : explained;
    long h = shape.get(1);
    long w = shape.get(2);
    return switch (conversion.layout()) {
      case MAPS -> List.of(new long[] {batchSize, channels, h, w});
      case PIXELS -> List.of(new long[] {batchSize, h, w, channels});
      case COLUMNS ->
          List.of(
              new long[] {batchSize, channels, rowsOfAll},
              new long[] {batchSize, channels, ownRows()});
      case ROWS ->
          List.of(
              new long[] {batchSize, rowsOfAll, channels},
              new long[] {batchSize, ownRows(), channels});
    };
  }

  private int ownRows() {
    return anchors * tensor.getShape().get(1) * tensor.getShape().get(2);
  }

  @Override
  public boolean fits(long[] found, int batchSize) {
    return expected(batchSize).stream().anyMatch(shape -> Arrays.equals(shape, found));
  }

  @Override
  public void convert(FloatBuffer output, long[] shape, FloatBuffer into) {
    int views = (int) shape[0];
    int from = output.capacity() / views;
    int to = TensorLayout.size(tensor);
    for (int view = 0; view < views; view++) {
      convertView(output.slice(view * from, from), shape, into.slice(view * to, to));
    }
  }

  private void convertView(FloatBuffer output, long[] shape, FloatBuffer into) {
    int cells = tensor.getShape().get(1) * tensor.getShape().get(2);
    boolean channelsLast =
        conversion.layout() == Conversion.Layout.ROWS
            || conversion.layout() == Conversion.Layout.PIXELS;
    int channels = (int) (channelsLast ? shape[shape.length - 1] : shape[1]);
    int rows = output.capacity() / channels;
    int firstRow = conversion.layout().hasRows() && rows == rowsOfAll ? rowsBefore : 0;
    Source source = new Source(output, channelsLast, channels, rows, conversion.from(), firstRow);
    if (conversion.numbers().areBoxes()) {
      boxes(source, cells, into);
      return;
    }
    int each = tensor.getShape().get(0) / anchors;
    int at = 0;
    for (int anchor = 0; anchor < anchors; anchor++) {
      for (int channel = 0; channel < each; channel++) {
        for (int cell = 0; cell < cells; cell++) {
          float number = source.at(channel, cell * anchors + anchor);
          into.put(at++, conversion.numbers() == Numbers.LOGIT ? logit(number) : number);
        }
      }
    }
  }

  /** Channels and rows of one view's output, counted from the first of each that is taken. */
  private record Source(
      FloatBuffer numbers,
      boolean channelsLast,
      int channels,
      int rows,
      int firstChannel,
      int firstRow) {
    float at(int channel, int row) {
      int c = firstChannel + channel;
      int r = firstRow + row;
      return numbers.get(channelsLast ? r * channels + c : c * rows + r);
    }
  }

  static float logit(float probability) {
    double logit = Math.log(probability / (1.0 - probability));
    return (float) Math.max(-LARGEST_LOGIT, Math.min(LARGEST_LOGIT, logit));
  }

  private void boxes(Source source, int cells, FloatBuffer into) {
    int width = tensor.getShape().get(2);
    int stride = tensor.getStride();
    boolean corners = conversion.numbers() == Numbers.XYXY;
    for (int cell = 0; cell < cells; cell++) {
      double a = source.at(0, cell);
      double b = source.at(1, cell);
      double c = source.at(2, cell);
      double d = source.at(3, cell);
      int x = cell % width;
      int y = cell / width;
      if (role == TensorRole.BOX_CENTER) {
        into.put(cell, (float) ((corners ? (a + c) / 2 : a) / stride - x - gridOffset));
        into.put(cells + cell, (float) ((corners ? (b + d) / 2 : b) / stride - y - gridOffset));
        into.put(2 * cells + cell, (float) Math.log((corners ? c - a : c) / stride));
        into.put(3 * cells + cell, (float) Math.log((corners ? d - b : d) / stride));
      } else {
        double px = (x + gridOffset) * stride;
        double py = (y + gridOffset) * stride;
        into.put(cell, (float) ((px - (corners ? a : a - c / 2)) / unit));
        into.put(cells + cell, (float) ((py - (corners ? b : b - d / 2)) / unit));
        into.put(2 * cells + cell, (float) (((corners ? c : a + c / 2) - px) / unit));
        into.put(3 * cells + cell, (float) (((corners ? d : b + d / 2) - py) / unit));
      }
    }
  }
}
