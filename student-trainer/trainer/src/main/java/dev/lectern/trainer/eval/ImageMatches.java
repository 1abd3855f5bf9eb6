package dev.lectern.trainer.eval;

import java.util.List;

/**
 * The matching of one image's detections with its objects, for one category and one area range.
 *
 * <p>A detection takes the free object it overlaps most, if the overlap reaches the threshold;
 * detections choose in order of falling score. Counted objects are preferred to ignored ones
 * (crowd, or outside the area range). Crowd regions can be taken many times.
 *
 * @param scores of the detections, falling
 * @param matched [threshold][detection] took an object
 * @param ignored [threshold][detection] neither right nor wrong
 * @param counted number of objects that are not ignored
 */
record ImageMatches(double[] scores, boolean[][] matched, boolean[][] ignored, int counted) {
  /**
   * @param detections in order of falling score
   * @param objects in annotation order
   * @param overlaps [detection][object]
   */
  static ImageMatches of(
      List<Detection> detections,
      List<TruthBox> objects,
      double[][] overlaps,
      double[] thresholds,
      AreaRange range) {
    int[] order = countedFirst(objects, range);
    int counted = 0;
    while (counted < order.length && !isIgnored(objects.get(order[counted]), range)) {
      counted++;
    }
    boolean[][] matched = new boolean[thresholds.length][detections.size()];
    boolean[][] ignored = new boolean[thresholds.length][detections.size()];
    for (int t = 0; t < thresholds.length; t++) {
      boolean[] taken = new boolean[order.length];
      for (int d = 0; d < detections.size(); d++) {
        int best = -1;
        double reach = Math.min(thresholds[t], 1 - 1e-10);
        for (int g = 0; g < order.length; g++) {
          if (taken[g] && !objects.get(order[g]).crowd()) {
            continue;
          }
          if (best >= 0 && best < counted && g >= counted) {
            break;
          }
          double overlap = overlaps[d][order[g]];
          if (overlap >= reach) {
            reach = overlap;
            best = g;
          }
        }
        if (best >= 0) {
          taken[best] = true;
          matched[t][d] = true;
          ignored[t][d] = best >= counted;
        } else {
          ignored[t][d] = range.excludes(detections.get(d).box().area());
        }
      }
    }
    double[] scores = detections.stream().mapToDouble(Detection::score).toArray();
    return new ImageMatches(scores, matched, ignored, counted);
  }

  private static int[] countedFirst(List<TruthBox> objects, AreaRange range) {
    int[] order = new int[objects.size()];
    int next = 0;
    for (int pass = 0; pass < 2; pass++) {
      for (int g = 0; g < objects.size(); g++) {
        if (isIgnored(objects.get(g), range) == (pass == 1)) {
          order[next++] = g;
        }
      }
    }
    return order;
  }

  private static boolean isIgnored(TruthBox object, AreaRange range) {
    return object.crowd() || range.excludes(object.area());
  }
}
