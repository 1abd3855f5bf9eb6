package dev.lectern.report.inspect;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.schemas.record.GroundTruth;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * An annotated object that the teacher recognises but whose edges it is not sure of, and the cell
 * that speaks for it.
 *
 * @param truth the annotation
 * @param grid the cell's level
 * @param level of the cell
 * @param cell row-major within its level
 * @param entropy of its least sure edge, nats
 */
public record UnsureObject(GroundTruth truth, LevelGrid grid, int level, int cell, double entropy) {
  /** Class probability 0.5. */
  private static final double RECOGNISED = 0;

  /**
   * The least sure of some objects.
   *
   * @param gridOffset the teacher's
   * @return empty if the teacher recognises none
   */
  public static Optional<UnsureObject> leastSure(
      List<GroundTruth> objects, LevelOutputs teacher, double gridOffset) {
    return objects.stream()
        .map(truth -> spokenFor(teacher, truth, gridOffset))
        .filter(Objects::nonNull)
        .max(Comparator.comparingDouble(UnsureObject::entropy));
  }

  /**
   * The cell inside the box with the greatest score of its class; null if the teacher misses it.
   */
  private static UnsureObject spokenFor(
      LevelOutputs teacher, GroundTruth truth, double gridOffset) {
    double best = RECOGNISED;
    UnsureObject speaker = null;
    for (int level = 0; level < teacher.levels().size(); level++) {
      LevelGrid grid = teacher.levels().get(level).grid();
      for (int cell = 0; cell < grid.cells(); cell++) {
        double x = (cell % grid.width() + gridOffset) * grid.stride();
        double y = (cell / grid.width() + gridOffset) * grid.stride();
        double logit = teacher.classLogit(level, cell, truth.getLabel());
        if (logit > best
            && x > truth.getX1()
            && x < truth.getX2()
            && y > truth.getY1()
            && y < truth.getY2()) {
          best = logit;
          speaker = new UnsureObject(truth, grid, level, cell, leastCertain(teacher, level, cell));
        }
      }
    }
    return speaker;
  }

  private static double leastCertain(LevelOutputs outputs, int level, int cell) {
    double greatest = 0;
    for (int edge = 0; edge < 4; edge++) {
      double entropy = 0;
      for (double p : outputs.edge(level, cell, edge)) {
        entropy -= p > 0 ? p * Math.log(p) : 0;
      }
      greatest = Math.max(greatest, entropy);
    }
    return greatest;
  }

  /** Annotated distance of an edge from the cell's centre, in strides. */
  public double distance(int edge, double gridOffset) {
    double x = (cell % grid.width() + gridOffset) * grid.stride();
    double y = (cell / grid.width() + gridOffset) * grid.stride();
    double pixels =
        switch (edge) {
          case 0 -> x - truth.getX1();
          case 1 -> y - truth.getY1();
          case 2 -> truth.getX2() - x;
          default -> truth.getY2() - y;
        };
    return pixels / grid.stride();
  }
}
