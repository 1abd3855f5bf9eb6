package dev.lectern.detector.box;

import dev.lectern.schemas.record.GroundTruth;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * How far two sets of boxes on one view are apart. Boxes of one class match greedily, the largest
 * overlap first, from an IoU of {@value #MATCH} on.
 *
 * @param matched pairs
 * @param first boxes of the first set that nothing matches
 * @param second boxes of the second set that nothing matches
 */
public record Disagreement(int matched, int first, int second) {
  /** Smallest IoU of a match, and smallest part of a box that lies in a crowd region. */
  public static final double MATCH = 0.5;

  private record Pair(int first, int second, double overlap) {}

  /**
   * Annotations are the first set. Crowd regions are not missed, and boxes of their class that lie
   * in them by half or more are not wrong.
   */
  public static Disagreement withTruth(List<GroundTruth> truth, List<Detection> found) {
    List<Detection> objects = new ArrayList<>();
    List<Detection> crowds = new ArrayList<>();
    for (GroundTruth object : truth) {
      (object.getCrowd() ? crowds : objects).add(box(object));
    }
    return of(objects, found, second -> crowds.stream().anyMatch(crowd -> liesIn(crowd, second)));
  }

  /** Of what two networks find. */
  public static Disagreement of(List<Detection> first, List<Detection> second) {
    return of(first, second, box -> false);
  }

  /**
   * @param excused boxes of the second set that need no match
   */
  private static Disagreement of(
      List<Detection> first, List<Detection> second, Predicate<Detection> excused) {
    float[] a = Detection.corners(first);
    float[] b = Detection.corners(second);
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      for (int j = 0; j < second.size(); j++) {
        double overlap = Overlap.IOU.of(a, i, b, j);
        if (first.get(i).label() == second.get(j).label() && overlap >= MATCH) {
          pairs.add(new Pair(i, j, overlap));
        }
      }
    }
    pairs.sort(Comparator.comparingDouble(Pair::overlap).reversed());
    BitSet usedFirst = new BitSet();
    BitSet usedSecond = new BitSet();
    for (Pair pair : pairs) {
      if (!usedFirst.get(pair.first()) && !usedSecond.get(pair.second())) {
        usedFirst.set(pair.first());
        usedSecond.set(pair.second());
      }
    }
    int alone = 0;
    for (int j = 0; j < second.size(); j++) {
      alone += usedSecond.get(j) || excused.test(second.get(j)) ? 0 : 1;
    }
    int matched = usedFirst.cardinality();
    return new Disagreement(matched, first.size() - matched, alone);
  }

  private static Detection box(GroundTruth object) {
    return new Detection(
        object.getLabel(), 1, object.getX1(), object.getY1(), object.getX2(), object.getY2());
  }

  private static boolean liesIn(Detection region, Detection box) {
    double width = Math.min(region.x2(), box.x2()) - Math.max(region.x1(), box.x1());
    double height = Math.min(region.y2(), box.y2()) - Math.max(region.y1(), box.y1());
    double area = (double) (box.x2() - box.x1()) * (box.y2() - box.y1());
    return region.label() == box.label()
        && Math.max(0, width) * Math.max(0, height) >= MATCH * area;
  }

  /** Boxes without a match over all objects: 0 where all match, 1 where none does. */
  public double share() {
    int objects = matched + first + second;
    return objects == 0 ? 0 : (double) (first + second) / objects;
  }
}
