package dev.lectern.trainer.replay;

import dev.lectern.schemas.random.SplitMix64;
import dev.lectern.schemas.view.ViewId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The order in which an epoch visits a recording: a function of (seed, epoch), of the set of
 * recorded views, and of the epoch from which on only plain views are taken.
 *
 * <p>Images are sorted by id (by UTF-16 code units), the views of an image by number. Epoch e takes
 * of an image with V recorded views the one at place e mod V, or, among the last epochs of a run
 * that closes augmentation, the first, and visits the images in the order of a Fisher-Yates
 * shuffle, from the last place down, driven by {@link SplitMix64#of SplitMix64.of(seed, epoch)}.
 */
public final class EpochOrder {
  /** All epochs take augmented views. */
  public static final int NEVER_PLAIN = Integer.MAX_VALUE;

  private EpochOrder() {}

  /**
   * The views of an epoch, one per image.
   *
   * @param viewIds in any order
   * @param epoch from 0
   */
  public static List<String> of(Collection<String> viewIds, long seed, int epoch) {
    return of(viewIds, seed, epoch, NEVER_PLAIN);
  }

  /**
   * The views of an epoch of a run whose last epochs take plain views: of every image the recorded
   * one of the lowest number.
   *
   * @param viewIds in any order
   * @param epoch from 0
   * @param plainFrom the first epoch that takes plain views
   */
  public static List<String> of(Collection<String> viewIds, long seed, int epoch, int plainFrom) {
    SortedMap<String, SortedMap<Integer, String>> images = new TreeMap<>();
    for (String text : viewIds) {
      ViewId id = ViewId.parse(text);
      images.computeIfAbsent(id.imageId(), image -> new TreeMap<>()).put(id.viewNumber(), text);
    }
    int turn = epoch < plainFrom ? epoch : 0;
    List<String> order = new ArrayList<>(images.size());
    for (Map<Integer, String> views : images.values()) {
      order.add(List.copyOf(views.values()).get(turn % views.size()));
    }
    SplitMix64 random = SplitMix64.of(seed, epoch);
    for (int last = order.size() - 1; last > 0; last--) {
      int other = random.nextInt(last + 1);
      String moved = order.get(last);
      order.set(last, order.get(other));
      order.set(other, moved);
    }
    return order;
  }
}
