package dev.lectern.teacher.recognition;

import com.google.protobuf.ProtocolStringList;
import dev.lectern.detector.export.proto.NodeProto;
import dev.lectern.teacher.model.OnnxGraph;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The tensors of a dense head among those of a model, one set per level: maps whose rows and
 * columns are those of a stride, told apart by their names and channels.
 *
 * @param levels fine to coarse
 */
record HeadTensors(List<OfLevel> levels) {
  static final List<Integer> STRIDES = List.of(4, 8, 16, 32, 64, 128);

  private static final Pattern SCORES =
      Pattern.compile("cls|class|score|logits|cv3\\.|pred_cls|(^|[^a-z])conf");
  private static final Pattern BOXES = Pattern.compile("reg|box|dist|cv2\\.|delta|(^|[^a-z])loc");
  private static final Pattern QUALITY = Pattern.compile("ctr|center|centre|obj|iou");
  private static final Pattern FEATURES = Pattern.compile("feat|fpn|neck");

  /** Channels of box outputs that are not also common numbers of classes. */
  private static final Set<Long> USUAL_BOXES = Set.of(4L, 12L, 32L, 36L, 64L, 68L);

  /**
   * What belongs to one level.
   *
   * @param scores class outputs
   * @param boxes box outputs; the same tensor where both are in one
   * @param quality centerness or objectness; null if there is none
   * @param features of the neck; null if not found
   */
  record OfLevel(
      int stride,
      ModelTensor scores,
      ModelTensor boxes,
      ModelTensor quality,
      ModelTensor features) {
    boolean isOne() {
      return scores == boxes;
    }
  }

  /** Names of the finest level's tensors, in lower case. */
  String names() {
    OfLevel l = levels.get(0);
    return Stream.of(l.scores, l.boxes, l.quality)
        .filter(t -> t != null)
        .map(t -> t.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(" "));
  }

  long scoreChannels() {
    return levels.get(0).scores.shape()[1];
  }

  long boxChannels() {
    return levels.get(0).boxes.shape()[1];
  }

  long qualityChannels() {
    return levels.get(0).quality == null ? 0 : levels.get(0).quality.shape()[1];
  }

  boolean isOne() {
    return levels.get(0).isOne();
  }

  /**
   * Those among the outputs.
   *
   * @param classes how many there are; 0 where unknown
   */
  static Optional<HeadTensors> ofOutputs(ModelContents model, int classes) {
    return of(model, classes, model.outputs(), Map.of());
  }

  /**
   * Those among the last convolutions of a graph.
   *
   * @param classes how many there are; 0 where unknown
   */
  static Optional<HeadTensors> ofInner(ModelContents model, int classes) {
    if (model.graph().isEmpty()) {
      return Optional.empty();
    }
    OnnxGraph graph = model.graph().get();
    Map<String, ModelTensor> maps = new HashMap<>();
    Stream.concat(model.outputs().stream(), model.inner().stream())
        .filter(t -> t.rank() == 4)
        .forEach(t -> maps.put(t.name(), t));
    Set<String> beforeConvolutions = new HashSet<>();
    List<ModelTensor> convolutions = new ArrayList<>();
    for (NodeProto node : graph.nodes()) {
      ModelTensor out = node.getOutputCount() == 0 ? null : maps.get(node.getOutput(0));
      if (node.getOpType().equals("Conv") && out != null && isOnGrid(model, out)) {
        convolutions.add(out);
        walkUp(graph, node.getInput(0), beforeConvolutions);
      }
    }
    List<ModelTensor> last = new ArrayList<>();
    for (ModelTensor convolution : convolutions) {
      if (!beforeConvolutions.contains(convolution.name())) {
        last.add(scaled(graph, maps, convolution));
      }
    }
    return of(model, classes, last, maps);
  }

  private static boolean isOnGrid(ModelContents model, ModelTensor tensor) {
    return STRIDES.stream().anyMatch(s -> tensor.isMap(model.cells(s)[0], model.cells(s)[1]));
  }

  private static void walkUp(OnnxGraph graph, String tensor, Set<String> seen) {
    Deque<String> open = new ArrayDeque<>(List.of(tensor));
    while (!open.isEmpty()) {
      String name = open.pop();
      if (seen.add(name)) {
        graph.producer(name).ifPresent(node -> open.addAll(node.getInputList()));
      }
    }
  }

  /** What a learned factor, a ReLU or an exponential makes of a convolution, where one follows. */
  private static ModelTensor scaled(
      OnnxGraph graph, Map<String, ModelTensor> maps, ModelTensor convolution) {
    ModelTensor last = convolution;
    for (boolean goesOn = true; goesOn; ) {
      goesOn = false;
      String name = last.name();
      List<NodeProto> readers =
          graph.nodes().stream().filter(n -> n.getInputList().contains(name)).toList();
      if (readers.size() == 1 && isScale(graph, readers.get(0), name)) {
        ModelTensor next = maps.get(readers.get(0).getOutput(0));
        if (next != null) {
          last = next;
          goesOn = true;
        }
      }
    }
    return last;
  }

  private static boolean isScale(OnnxGraph graph, NodeProto node, String of) {
    if (Set.of("Relu", "Exp", "Clip").contains(node.getOpType())) {
      return true;
    }
    ProtocolStringList inputs = node.getInputList();
    return node.getOpType().equals("Mul")
        && inputs.stream()
            .allMatch(
                in ->
                    in.equals(of)
                        || graph.weights().contains(in)
                        || graph
                            .producer(in)
                            .filter(p -> p.getOpType().equals("Constant"))
                            .isPresent());
  }

  private static Optional<HeadTensors> of(
      ModelContents model,
      int classes,
      List<ModelTensor> candidates,
      Map<String, ModelTensor> maps) {
    List<OfLevel> levels = new ArrayList<>();
    Set<ModelTensor> taken = new HashSet<>();
    for (int stride : STRIDES) {
      long[] cells = model.cells(stride);
      List<ModelTensor> here =
          candidates.stream()
              .filter(t -> t.isMap(cells[0], cells[1]) && !taken.contains(t))
              .toList();
      Optional<OfLevel> level = byClasses(stride, classes, here).or(() -> ofLevel(stride, here));
      if (level.isPresent()
          && (levels.isEmpty()
              || (level.get().scores.shape()[1] == levels.get(0).scores.shape()[1]
                  && level.get().boxes.shape()[1] == levels.get(0).boxes.shape()[1]))) {
        taken.addAll(here);
        levels.add(withFeatures(model, level.get(), maps));
      }
    }
    return levels.isEmpty() ? Optional.empty() : Optional.of(new HeadTensors(levels));
  }

  /**
   * Two or three maps without telling names: as many channels as classes, those of boxes, others.
   */
  private static Optional<OfLevel> byClasses(int stride, int classes, List<ModelTensor> here) {
    List<ModelTensor> scores = here.stream().filter(t -> t.shape()[1] == classes).toList();
    List<ModelTensor> boxes =
        here.stream()
            .filter(t -> !scores.contains(t) && USUAL_BOXES.contains(t.shape()[1]))
            .toList();
    List<ModelTensor> others =
        here.stream().filter(t -> !scores.contains(t) && !boxes.contains(t)).toList();
    boolean told =
        here.stream().anyMatch(t -> named(t, SCORES) || named(t, BOXES) || named(t, QUALITY));
    return told || scores.size() != 1 || boxes.size() != 1 || others.size() > 1
        ? Optional.empty()
        : Optional.of(
            new OfLevel(
                stride,
                scores.get(0),
                boxes.get(0),
                null,
                others.isEmpty() ? null : others.get(0)));
  }

  private static Optional<OfLevel> ofLevel(int stride, List<ModelTensor> here) {
    ModelTensor features = here.stream().filter(t -> named(t, FEATURES)).findFirst().orElse(null);
    List<ModelTensor> head = here.stream().filter(t -> t != features).toList();
    ModelTensor quality =
        head.size() < 3
            ? null
            : head.stream()
                .filter(t -> named(t, QUALITY) || t.shape()[1] == 1)
                .findFirst()
                .orElse(null);
    List<ModelTensor> two = scoresAndBoxes(head.stream().filter(t -> t != quality).toList());
    if (two.size() == 1) {
      return Optional.of(new OfLevel(stride, two.get(0), two.get(0), null, features));
    }
    if (two.size() != 2) {
      return Optional.empty();
    }
    ModelTensor a = two.get(0);
    ModelTensor b = two.get(1);
    if (isScores(a, b)) {
      return Optional.of(new OfLevel(stride, a, b, quality, features));
    }
    return isScores(b, a)
        ? Optional.of(new OfLevel(stride, b, a, quality, features))
        : Optional.empty();
  }

  /** Those of more than two that their names tell apart from masks or key points. */
  private static List<ModelTensor> scoresAndBoxes(List<ModelTensor> head) {
    List<ModelTensor> named =
        head.stream().filter(t -> named(t, SCORES) || named(t, BOXES)).toList();
    return head.size() > 2 ? named : head;
  }

  /** Whether one of two tensors must be the class outputs, by name or by what boxes can have. */
  private static boolean isScores(ModelTensor scores, ModelTensor boxes) {
    boolean byName =
        (named(scores, SCORES) && !named(boxes, SCORES))
            || (named(boxes, BOXES) && !named(scores, BOXES));
    boolean againstName =
        (named(boxes, SCORES) && !named(scores, SCORES))
            || (named(scores, BOXES) && !named(boxes, BOXES));
    if (boxes.shape()[1] % 4 != 0 || (againstName && !byName)) {
      return false;
    }
    return byName
        || scores.shape()[1] % 4 != 0
        || (USUAL_BOXES.contains(boxes.shape()[1]) && !USUAL_BOXES.contains(scores.shape()[1]));
  }

  private static boolean named(ModelTensor tensor, Pattern pattern) {
    return pattern.matcher(tensor.name().toLowerCase(Locale.ROOT)).find();
  }

  /** The nearest map of the level that both towers start from. */
  private static OfLevel withFeatures(
      ModelContents model, OfLevel level, Map<String, ModelTensor> maps) {
    if (level.features != null || level.isOne() || model.graph().isEmpty() || maps.isEmpty()) {
      return level;
    }
    Set<String> ofBoxes = above(model, level.stride, level.boxes, maps);
    return above(model, level.stride, level.scores, maps).stream()
        .filter(ofBoxes::contains)
        .findFirst()
        .map(
            name ->
                new OfLevel(level.stride, level.scores, level.boxes, level.quality, maps.get(name)))
        .orElse(level);
  }

  /** The maps of a level that a tensor is made from, nearest first. */
  private static Set<String> above(
      ModelContents model, int stride, ModelTensor tensor, Map<String, ModelTensor> maps) {
    long[] cells = model.cells(stride);
    Set<String> found = new LinkedHashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(tensor.name()));
    while (!open.isEmpty()) {
      String name = open.poll();
      for (String in :
          model.graph().orElseThrow().producer(name).map(NodeProto::getInputList).stream()
              .flatMap(List::stream)
              .toList()) {
        ModelTensor map = maps.get(in);
        if (map != null && map.isMap(cells[0], cells[1]) && found.add(in)) {
          open.add(in);
        }
      }
    }
    return found;
  }
}
