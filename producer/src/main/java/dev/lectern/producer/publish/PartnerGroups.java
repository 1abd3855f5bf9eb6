package dev.lectern.producer.publish;

import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.schemas.random.SplitMix64;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which images a view may be mixed with: those of its group, itself included.
 *
 * <p>The images of a split, unlabelled ones apart from the others, are sorted by id, shuffled by
 * the seed, and cut into groups of {@value #SIZE} (the last one may have up to twice that less
 * one). A group fits into memory, so that each of its images is decoded once for all the views that
 * show it.
 */
final class PartnerGroups {
  /** As many images as Ultralytics draws the partners of a mosaic from: 8 batches of 16. */
  static final int SIZE = 128;

  private final List<Integer> order = new ArrayList<>();
  private final int[] position;
  private final int[] start;
  private final int[] end;

  PartnerGroups(List<AnnotatedImage> images, long seed) {
    position = new int[images.size()];
    start = new int[images.size()];
    end = new int[images.size()];
    Map<String, List<Integer>> splits = new LinkedHashMap<>();
    for (int i = 0; i < images.size(); i++) {
      String split = (images.get(i).labelled() ? "+" : "-") + images.get(i).split();
      splits.computeIfAbsent(split, key -> new ArrayList<>()).add(i);
    }
    for (List<Integer> split : splits.values()) {
      split.sort(Comparator.comparing(index -> images.get(index).imageId()));
      shuffle(split, new SplitMix64(seed));
      int first = order.size();
      order.addAll(split);
      int groups = Math.max(1, split.size() / SIZE);
      for (int i = 0; i < split.size(); i++) {
        int group = Math.min(groups - 1, i / SIZE);
        int index = split.get(i);
        position[index] = first + i;
        start[index] = first + group * SIZE;
        end[index] = first + (group == groups - 1 ? split.size() : (group + 1) * SIZE);
      }
    }
  }

  /** Indices of all images, group by group. */
  List<Integer> order() {
    return order;
  }

  /** Index of a partner of an image; {@code at} is uniform in [0, 1). */
  int pick(int index, double at) {
    int size = end[index] - start[index];
    return order.get(start[index] + (int) (at * size));
  }

  /** The image after another one in the group of both, round and round. */
  int next(int index) {
    int after = position[index] + 1;
    return order.get(after < end[index] ? after : start[index]);
  }

  /** Fisher and Yates, from the last place to the first. */
  private static void shuffle(List<Integer> list, SplitMix64 random) {
    for (int i = list.size() - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int kept = list.get(i);
      list.set(i, list.get(other));
      list.set(other, kept);
    }
  }
}
