package dev.lectern.demo;

import dev.lectern.demo.draw.DrawnDataset;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.detector.DetectorSpec;
import java.util.List;

/** What the demo's teacher and students have in common: pictures, levels, bins and networks. */
public final class DemoSettings {
  /** Width and height of a picture, pixels. */
  public static final int SIDE = 96;

  /**
   * Deviation of the edges that teacher and students learn from, as a share of an object's size.
   */
  public static final double CARELESSNESS = 0.06;

  /** Seed of all drawn sets; pictures of different sets have different numbers. */
  public static final long DRAWING_SEED = 2024;

  private static final long TRAIN_FROM = 0;
  private static final long VALIDATION_FROM = 1_000_000;
  private static final long TEACHER_FROM = 2_000_000;

  private static final List<Integer> STRIDES = List.of(8, 16, 32);
  private static final int BINS = 8;
  private static final int ANCHOR_STRIDES = 4;

  private DemoSettings() {}

  /** What the students learn from, annotated as people do. */
  public static DrawnDataset train(int pictures) {
    return new DrawnDataset(DRAWING_SEED, TRAIN_FROM, pictures, SIDE, CARELESSNESS);
  }

  /** What teacher and students are measured on, annotated exactly. */
  public static DrawnDataset validation(int pictures) {
    return new DrawnDataset(DRAWING_SEED, VALIDATION_FROM, pictures, SIDE, 0);
  }

  /** What the teacher learned from: annotated like the students' pictures, but many more. */
  public static DrawnDataset teacherTrain(int pictures) {
    return new DrawnDataset(DRAWING_SEED, TEACHER_FROM, pictures, SIDE, CARELESSNESS);
  }

  /** The teacher's network. */
  public static DetectorSpec teacher() {
    return network(16, 48, 2);
  }

  /** The students' network. */
  public static DetectorSpec student() {
    return network(8, 24, 1);
  }

  private static DetectorSpec network(int width, int channels, int depth) {
    String yaml =
        """
        classes: %d
        strides: %s
        grid-offset: 0.5
        backbone: {depth: 18, width: %d}
        neck: {channels: %d}
        head: {bins: %d, octave-base-scale: %s, depth: %d, channels: %d}
        """;
    return DetectorSpec.parse(
        yaml.formatted(
            ShapeClass.values().length,
            STRIDES,
            width,
            channels,
            BINS,
            ANCHOR_STRIDES,
            depth,
            channels),
        "demo");
  }
}
