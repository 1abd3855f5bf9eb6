package dev.lectern.teacher.recognition;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Class outputs, boxes and quality among the tensors of a head: told apart by their names, else by
 * their channels.
 *
 * @param boxes the same tensor as the class outputs where both are in one
 * @param quality centerness or objectness; null if there is none
 * @param told whether names or channels say which are the boxes; the class outputs come first where
 *     they do not
 */
record HeadParts(ModelTensor scores, ModelTensor boxes, ModelTensor quality, boolean told) {
  /** Channels of distributions as projects publish them: 8, 16 or 17 bins a side. */
  static final Set<Long> USUAL_BINS = Set.of(32L, 64L, 68L);

  /** Channels of box outputs that are not also common numbers of classes. */
  static final Set<Long> USUAL_BOXES = Set.of(4L, 12L, 32L, 36L, 64L, 68L);

  private static final Pattern SCORES =
      Pattern.compile("cls|class|score|logits|cv3\\.|pred_cls|(^|[^a-z])conf");
  private static final Pattern BOXES = Pattern.compile("reg|box|dist|cv2\\.|delta|(^|[^a-z])loc");
  private static final Pattern QUALITY = Pattern.compile("ctr|center|centre|obj|iou");

  /**
   * The parts of a head; empty if it has others.
   *
   * @param axis of the channels
   * @param classes how many there are; 0 where unknown
   * @param boxChannels that boxes have; 0 where unknown, or four times those of the quality
   */
  static Optional<HeadParts> of(List<ModelTensor> head, int axis, int classes, long boxChannels) {
    ModelTensor quality = quality(head, axis);
    List<ModelTensor> rest = head.stream().filter(t -> t != quality).toList();
    List<ModelTensor> two =
        rest.size() > 2 ? rest.stream().filter(HeadParts::isPart).toList() : rest;
    if (two.size() == 1) {
      return Optional.of(new HeadParts(two.get(0), two.get(0), null, true));
    }
    if (two.size() != 2) {
      return Optional.empty();
    }
    ModelTensor first = two.get(0);
    ModelTensor second = two.get(1);
    long ofBoxes = quality == null ? boxChannels : 4 * quality.shape()[axis];
    // The first by which only one of the two can be the boxes decides.
    List<Predicate<ModelTensor>> rules =
        List.of(
            t -> !named(t, SCORES),
            t -> named(t, BOXES),
            t -> t.shape()[axis] == ofBoxes,
            t -> t.shape()[axis] != classes && USUAL_BOXES.contains(t.shape()[axis]),
            t -> t.shape()[axis] % 4 == 0,
            t -> USUAL_BINS.contains(t.shape()[axis]),
            t -> USUAL_BOXES.contains(t.shape()[axis]),
            t -> t.shape()[axis] != classes);
    Optional<Predicate<ModelTensor>> rule =
        rules.stream().filter(r -> r.test(first) != r.test(second)).findFirst();
    boolean firstAreBoxes = rule.isPresent() && rule.get().test(first);
    HeadParts parts =
        firstAreBoxes
            ? new HeadParts(second, first, quality, true)
            : new HeadParts(first, second, quality, rule.isPresent());
    return parts.boxes.shape()[axis] % 4 == 0 ? Optional.of(parts) : Optional.empty();
  }

  /** By its name; else the last of one channel, which is not named as class output. */
  private static ModelTensor quality(List<ModelTensor> head, int axis) {
    if (head.size() < 3) {
      return null;
    }
    return head.stream()
        .filter(t -> named(t, QUALITY) && !named(t, SCORES))
        .findFirst()
        .or(
            () ->
                head.stream()
                    .filter(t -> t.shape()[axis] == 1)
                    .filter(t -> named(t, QUALITY) || !named(t, SCORES))
                    .reduce((before, last) -> last))
        .orElse(null);
  }

  /** Whether a name tells it apart from masks or key points. */
  private static boolean isPart(ModelTensor tensor) {
    return named(tensor, SCORES) || named(tensor, BOXES);
  }

  /** Whether its name is that of a part of a head. */
  static boolean isNamed(ModelTensor tensor) {
    return isPart(tensor) || named(tensor, QUALITY);
  }

  private static boolean named(ModelTensor tensor, Pattern pattern) {
    return pattern.matcher(tensor.name().toLowerCase(Locale.ROOT)).find();
  }

  boolean isOne() {
    return scores == boxes;
  }

  /** What neither names nor channels say. */
  List<String> unsure(int axis) {
    List<String> unsure = new ArrayList<>();
    if (!told) {
      unsure.add(either(boxes) + " the boxes");
    }
    if (quality != null
        && scores.shape()[axis] == 1
        && quality.shape()[axis] == 1
        && !named(scores, SCORES)
        && !named(quality, QUALITY)) {
      unsure.add(either(quality) + " its quality");
    }
    return unsure;
  }

  private String either(ModelTensor other) {
    return "which of " + scores.name() + " and " + other.name() + " is the class output, which";
  }
}
