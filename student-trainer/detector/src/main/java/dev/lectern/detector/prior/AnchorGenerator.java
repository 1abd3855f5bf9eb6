package dev.lectern.detector.prior;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Anchors of one or more shapes at every cell of every level.
 *
 * <pre>
 *   side  b = stride * octaveBaseScale * 2^(i / scalesPerOctave),  i = 0 .. scalesPerOctave-1
 *   h = b * sqrt(r)   w = b / sqrt(r)                              r = h / w, a ratio
 *   centre = ((x + centreOffset) * stride, (y + centreOffset) * stride)
 * </pre>
 *
 * <p>Inside a cell the order is ratio-major, then scale. RetinaNet (arXiv:1708.02002, section 4)
 * has nine shapes.
 *
 * @param octaveBaseScale side of the smallest square in strides
 * @param scalesPerOctave number of sizes per octave
 * @param ratios height over width, one entry per shape
 * @param centreOffset position of the centre in its cell: 0 the cell's origin, 0.5 its middle
 */
public record AnchorGenerator(
    double octaveBaseScale, int scalesPerOctave, List<Double> ratios, double centreOffset) {

  /** Copies the ratios and refuses shapes without area. */
  public AnchorGenerator {
    ratios = List.copyOf(ratios);
    if (!(octaveBaseScale > 0) || scalesPerOctave <= 0 || ratios.isEmpty()) {
      throw new IllegalArgumentException(
          "anchors of base scale "
              + octaveBaseScale
              + ", "
              + scalesPerOctave
              + " scales, ratios "
              + ratios
              + ": expected a positive scale and at least one of each");
    }
  }

  /** One square anchor per cell, as heads without anchors use for assignment. */
  public static AnchorGenerator square(double octaveBaseScale, double centreOffset) {
    return new AnchorGenerator(octaveBaseScale, 1, List.of(1.0), centreOffset);
  }

  /** Anchors per cell, A. */
  public int anchorsPerCell() {
    return ratios.size() * scalesPerOctave;
  }

  /**
   * All anchors, levels concatenated; inside a level row, column, anchor.
   *
   * @return (R * A, 4) xyxy pixels, row-major
   */
  public float[] anchors(List<LevelGrid> levels) {
    int cells = levels.stream().mapToInt(LevelGrid::cells).sum();
    float[] anchors = new float[cells * anchorsPerCell() * 4];
    int at = 0;
    for (LevelGrid level : levels) {
      double[] halves = halfSizes(level.stride());
      for (int y = 0; y < level.height(); y++) {
        double cy = (y + centreOffset) * level.stride();
        for (int x = 0; x < level.width(); x++) {
          double cx = (x + centreOffset) * level.stride();
          for (int a = 0; a < halves.length; a += 2) {
            anchors[at++] = (float) (cx - halves[a]);
            anchors[at++] = (float) (cy - halves[a + 1]);
            anchors[at++] = (float) (cx + halves[a]);
            anchors[at++] = (float) (cy + halves[a + 1]);
          }
        }
      }
    }
    return anchors;
  }

  /** Sides of a cell's squares of equal area, in pixels; one for each scale. */
  public List<Double> sizes(int stride) {
    return IntStream.range(0, scalesPerOctave)
        .mapToObj(i -> stride * octaveBaseScale * Math.pow(2, (double) i / scalesPerOctave))
        .toList();
  }

  private double[] halfSizes(int stride) {
    double[] halves = new double[anchorsPerCell() * 2];
    int at = 0;
    for (double ratio : ratios) {
      for (double side : sizes(stride)) {
        halves[at++] = side / Math.sqrt(ratio) / 2;
        halves[at++] = side * Math.sqrt(ratio) / 2;
      }
    }
    return halves;
  }
}
