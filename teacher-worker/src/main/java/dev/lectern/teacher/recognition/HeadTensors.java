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

  private static final Pattern FEATURES = Pattern.compile("feat|fpn|neck");

  /**
   * What belongs to one level.
   *
   * @param features of the neck; null if not found
   */
  record OfLevel(int stride, HeadParts parts, ModelTensor features) {
    ModelTensor scores() {
      return parts.scores();
    }

    ModelTensor boxes() {
      return parts.boxes();
    }

    ModelTensor quality() {
      return parts.quality();
    }
  }

  /** Names of the finest level's tensors, in lower case. */
  String names() {
    OfLevel l = levels.get(0);
    return Stream.of(l.scores(), l.boxes(), l.quality())
        .filter(t -> t != null)
        .map(t -> t.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(" "));
  }

  long scoreChannels() {
    return levels.get(0).scores().shape()[1];
  }

  long boxChannels() {
    return levels.get(0).boxes().shape()[1];
  }

  long qualityChannels() {
    return levels.get(0).quality() == null ? 0 : levels.get(0).quality().shape()[1];
  }

  boolean isOne() {
    return levels.get(0).parts().isOne();
  }

  /** What neither names nor channels say. */
  List<String> unsure() {
    return levels.get(0).parts().unsure(1);
  }

  /**
   * Those among the outputs.
   *
   * @param classes how many there are; 0 where unknown
   */
  static Optional<HeadTensors> ofOutputs(ModelContents model, int classes) {
    List<ModelTensor> outputs = model.outputs().stream().filter(ModelTensor::isFloat).toList();
    return of(model, classes, outputs, Map.of());
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
        .filter(t -> t.rank() == 4 && t.isFloat())
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
      Optional<OfLevel> level =
          byClasses(stride, classes, here).or(() -> ofLevel(stride, classes, here));
      if (level.isPresent()
          && (levels.isEmpty()
              || (level.get().scores().shape()[1] == levels.get(0).scores().shape()[1]
                  && level.get().boxes().shape()[1] == levels.get(0).boxes().shape()[1]))) {
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
            .filter(t -> !scores.contains(t) && HeadParts.USUAL_BOXES.contains(t.shape()[1]))
            .toList();
    List<ModelTensor> others =
        here.stream().filter(t -> !scores.contains(t) && !boxes.contains(t)).toList();
    return here.stream().anyMatch(HeadParts::isNamed)
            || scores.size() != 1
            || boxes.size() != 1
            || others.size() > 1
        ? Optional.empty()
        : Optional.of(
            new OfLevel(
                stride,
                new HeadParts(scores.get(0), boxes.get(0), null, true),
                others.isEmpty() ? null : others.get(0)));
  }

  private static Optional<OfLevel> ofLevel(int stride, int classes, List<ModelTensor> here) {
    ModelTensor features = here.stream().filter(HeadTensors::areFeatures).findFirst().orElse(null);
    List<ModelTensor> head = here.stream().filter(t -> t != features).toList();
    return HeadParts.of(head, 1, classes, 0)
        .filter(HeadParts::told)
        .map(parts -> new OfLevel(stride, parts, features));
  }

  private static boolean areFeatures(ModelTensor tensor) {
    return FEATURES.matcher(tensor.name().toLowerCase(Locale.ROOT)).find();
  }

  /** The nearest map of the level that both towers start from. */
  private static OfLevel withFeatures(
      ModelContents model, OfLevel level, Map<String, ModelTensor> maps) {
    if (level.features != null
        || level.parts().isOne()
        || model.graph().isEmpty()
        || maps.isEmpty()) {
      return level;
    }
    Set<String> ofBoxes = above(model, level.stride, level.boxes(), maps);
    return above(model, level.stride, level.scores(), maps).stream()
        .filter(ofBoxes::contains)
        .findFirst()
        .map(name -> new OfLevel(level.stride, level.parts, maps.get(name)))
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
