package dev.lectern.demo.figures;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.schemas.record.GroundTruth;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * An annotated object that the teacher recognises but whose edges it is not sure of, and the cell
 * that speaks for it.
 *
 * @param image where it is
 * @param truth the annotation
 * @param level of the cell
 * @param cell row-major within its level
 * @param entropy of its least sure edge, nats
 */
public record UnsureObject(
    ValidationImage image, GroundTruth truth, int level, int cell, double entropy) {
  /** Class probability 0.5. */
  private static final double RECOGNISED = 0;

  /** At most so many objects, the least sure first, one per image. */
  public static List<UnsureObject> leastSure(Validation validation, double gridOffset, int count) {
    List<UnsureObject> found = new ArrayList<>();
    for (ValidationImage image : validation.images()) {
      image.view().getGroundTruth().stream()
          .map(truth -> spokenFor(image, truth, gridOffset))
          .filter(object -> object != null)
          .max(Comparator.comparingDouble(UnsureObject::entropy))
          .ifPresent(found::add);
    }
    found.sort(Comparator.comparingDouble(UnsureObject::entropy).reversed());
    return List.copyOf(found.subList(0, Math.min(count, found.size())));
  }

  /**
   * The cell inside the box with the greatest score of its class; null if the teacher misses it.
   */
  private static UnsureObject spokenFor(
      ValidationImage image, GroundTruth truth, double gridOffset) {
    LevelOutputs teacher = image.outputs().get(Validation.TEACHER);
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
          speaker = new UnsureObject(image, truth, level, cell, leastCertain(teacher, level, cell));
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
    LevelGrid grid = image.outputs().get(Validation.TEACHER).levels().get(level).grid();
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
