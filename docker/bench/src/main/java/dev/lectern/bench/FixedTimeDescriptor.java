package dev.lectern.bench;

import dev.lectern.schemas.descriptor.FamilyPreset;
import dev.lectern.schemas.descriptor.HeadLevel;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.ChannelOrder;
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

  /** Class logits and box distributions, a point in each cell: of any family that has them. */
  static final FamilyPreset HEADS =
      FamilyPreset.names().stream()
          .map(FamilyPreset::named)
          .filter(family -> family.boxes().form() == BoxForm.DISTRIBUTION)
          .findFirst()
          .orElseThrow();

  private FixedTimeDescriptor() {}

  static TeacherDescriptor ofBatch(int batchSize) {
    return of(batchSize, SIDE);
  }

  /**
   * The same head on canvases of another size.
   *
   * @param side pixels
   */
  static TeacherDescriptor of(int batchSize, int side) {
    List<HeadLevel> levels = new ArrayList<>();
    for (int stride : STRIDES) {
      levels.add(
          HeadLevel.of(Level.of(stride, side, side), "cls_" + stride, "dist_" + stride)
              .withFeature("feat_" + stride, FEATURE_CHANNELS));
    }
    List<String> classes = new ArrayList<>(List.of("thing"));
    IntStream.range(1, CLASSES).forEach(k -> classes.add("class " + k));
    return HEADS
        .describe(BINS, 0.0, classes, levels)
        .setName("fixed-time")
        .setInputName("data")
        .setInputWidth(side)
        .setInputHeight(side)
        .setChannelOrder(ChannelOrder.BGR)
        .setMean(List.of(103.53, 116.28, 123.675))
        .setStd(List.of(57.375, 57.12, 58.395))
        .setBatchSize(batchSize)
        .build();
  }
}
