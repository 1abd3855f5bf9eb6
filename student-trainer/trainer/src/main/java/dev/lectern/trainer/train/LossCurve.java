package dev.lectern.trainer.train;

import dev.lectern.schemas.record.CurvePoint;
import java.util.ArrayList;
import java.util.List;

/**
 * The course of a run's losses in a bounded number of points.
 *
 * <p>Each point is the mean of equally many steps. When there are too many points, neighbours are
 * joined and a point stands for twice as many steps, so the whole course stays in sight whatever
 * its length. Not thread-safe.
 */
final class LossCurve {
  private final int limit;
  private final List<CurvePoint> points = new ArrayList<>();
  private int stepsPerPoint = 1;
  private int gathered;
  private double total;
  private double[] losses = new double[0];

  /**
   * @param limit even; the most points there may be
   */
  LossCurve(int limit) {
    this.limit = limit;
  }

  /**
   * Adds a step.
   *
   * @param step its number, from 1
   * @param epoch epochs done after it, with a fraction
   * @param stepLosses always as many, in the same order
   */
  void add(long step, double epoch, double stepTotal, double[] stepLosses) {
    if (gathered == 0) {
      total = 0;
      losses = new double[stepLosses.length];
    }
    gathered++;
    total += stepTotal;
    for (int i = 0; i < stepLosses.length; i++) {
      losses[i] += stepLosses[i];
    }
    if (gathered == stepsPerPoint) {
      points.add(mean(step, epoch));
      gathered = 0;
      if (points.size() == limit) {
        join();
      }
    }
  }

  private CurvePoint mean(long step, double epoch) {
    List<Float> means = new ArrayList<>(losses.length);
    for (double loss : losses) {
      means.add((float) (loss / gathered));
    }
    return new CurvePoint(step, (float) epoch, (float) (total / gathered), means);
  }

  private void join() {
    for (int i = 0; i < limit / 2; i++) {
      points.set(i, joined(points.get(2 * i), points.get(2 * i + 1)));
    }
    points.subList(limit / 2, limit).clear();
    stepsPerPoint *= 2;
  }

  private static CurvePoint joined(CurvePoint first, CurvePoint second) {
    List<Float> means = new ArrayList<>();
    for (int i = 0; i < second.getLosses().size(); i++) {
      means.add((first.getLosses().get(i) + second.getLosses().get(i)) / 2);
    }
    return new CurvePoint(
        second.getStep(), second.getEpoch(), (first.getTotal() + second.getTotal()) / 2, means);
  }

  /** The points in order of steps; fewer than the limit. */
  List<CurvePoint> points() {
    return List.copyOf(points);
  }
}
