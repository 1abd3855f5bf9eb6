package dev.lectern.bench;

import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.HeadType;
import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Descriptor of a stand-in with the tensor sizes of NanoDet-Plus-m-1.5x at 416x416. */
final class FixedTimeDescriptor {
  static final int SIDE = 416;
  private static final int[] STRIDES = {8, 16, 32, 64};
  private static final int CLASSES = 80;
  private static final int BINS = 8;
  private static final int FEATURE_CHANNELS = 128;

  private FixedTimeDescriptor() {}

  static TeacherDescriptor ofBatch(int batchSize) {
    List<Level> levels = new ArrayList<>();
    for (int stride : STRIDES) {
      int cells = (SIDE + stride - 1) / stride;
      levels.add(
          new Level(
              stride,
              cells,
              cells,
              "cls_" + stride,
              "dist_" + stride,
              "feat_" + stride,
              FEATURE_CHANNELS));
    }
    List<String> classes = new ArrayList<>(List.of("thing"));
    IntStream.range(1, CLASSES).forEach(k -> classes.add("class " + k));
    return new TeacherDescriptor(
        "fixed-time",
        "data",
        SIDE,
        SIDE,
        ChannelOrder.BGR,
        List.of(103.53, 116.28, 123.675),
        List.of(57.375, 57.12, 58.395),
        HeadType.GFL,
        BINS,
        0.0,
        levels,
        classes,
        batchSize,
        List.of());
  }
}
