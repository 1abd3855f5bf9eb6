package dev.lectern.report.inspect;

import dev.lectern.detector.box.LevelLogits;
import java.util.List;

/**
 * What one network says about one image.
 *
 * @param levels fine to coarse
 * @param bins per box edge
 */
public record LevelOutputs(List<LevelLogits> levels, int bins) {
  public LevelOutputs {
    levels = List.copyOf(levels);
  }

  /**
   * The probabilities of the distances of an edge.
   *
   * @param edge 0 to 3: left, top, right, bottom
   * @return one per bin
   */
  public double[] edge(int level, int cell, int edge) {
    LevelLogits logits = levels.get(level);
    int cells = logits.grid().cells();
    double[] values = new double[bins];
    double greatest = Double.NEGATIVE_INFINITY;
    for (int bin = 0; bin < bins; bin++) {
      values[bin] = logits.dist()[(edge * bins + bin) * cells + cell];
      greatest = Math.max(greatest, values[bin]);
    }
    double sum = 0;
    for (int bin = 0; bin < bins; bin++) {
      values[bin] = Math.exp(values[bin] - greatest);
      sum += values[bin];
    }
    for (int bin = 0; bin < bins; bin++) {
      values[bin] /= sum;
    }
    return values;
  }

  /** Logit of a class at a cell. */
  public double classLogit(int level, int cell, int label) {
    LevelLogits logits = levels.get(level);
    return logits.cls()[label * logits.grid().cells() + cell];
  }
}
