package dev.lectern.schemas.descriptor;

import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which tensors, of which names and shapes, the payloads of a teacher hold. */
public final class TensorLayout {
  private TensorLayout() {}

  /** The kinds that the teacher has tensors of. */
  public static Set<TensorKind> kinds(TeacherDescriptor teacher) {
    Set<TensorKind> kinds = EnumSet.noneOf(TensorKind.class);
    teacher.getTensors().forEach(tensor -> kinds.add(tensor.getKind()));
    return kinds;
  }

  /**
   * The tensors of some kinds: kinds in the order of {@link TensorKind}, roles within a kind,
   * levels within a role.
   */
  public static List<RecordedTensor> tensors(
      TeacherDescriptor teacher, Collection<TensorKind> kinds) {
    return teacher.getTensors().stream().filter(t -> kinds.contains(t.getKind())).toList();
  }

  /** Name to shape of one view, of a kind's tensors in their order. */
  public static Map<String, List<Integer>> shapes(TeacherDescriptor teacher, TensorKind kind) {
    Map<String, List<Integer>> shapes = new LinkedHashMap<>();
    tensors(teacher, List.of(kind)).forEach(t -> shapes.put(t.getName(), t.getShape()));
    return shapes;
  }

  /** The tensor of a role on a level; empty if the teacher has none. */
  public static Optional<RecordedTensor> find(
      TeacherDescriptor teacher, TensorRole role, int level) {
    String name = role.at(level);
    return teacher.getTensors().stream().filter(t -> t.getName().equals(name)).findFirst();
  }

  /** The role of a tensor. */
  public static TensorRole role(RecordedTensor tensor) {
    return TensorRole.of(tensor.getName())
        .orElseThrow(
            () -> new IllegalArgumentException("tensor " + tensor.getName() + ": no role"));
  }

  /** The level of a tensor, counted from the finest. */
  public static int level(RecordedTensor tensor) {
    return level(tensor.getName());
  }

  /** The level that a tensor's name states; 0 for tensors of instances, which have none. */
  public static int level(String name) {
    int dot = name.indexOf('.');
    return dot < 0 ? 0 : Integer.parseInt(name.substring(dot + 1));
  }

  /** The tensor of a role of instances; empty if the teacher has none. */
  public static Optional<RecordedTensor> find(TeacherDescriptor teacher, TensorRole role) {
    return find(teacher, role, 0);
  }

  /** Rows of the teacher's instances, P; 0 if it has none. */
  public static int instances(TeacherDescriptor teacher) {
    return find(teacher, TensorRole.INSTANCE_BOXES).map(t -> t.getShape().get(0)).orElse(0);
  }

  /** The levels, fine to coarse; those of tensors with cells. */
  public static List<Level> levels(TeacherDescriptor teacher) {
    List<Level> levels = new ArrayList<>();
    for (int l = 0; ; l++) {
      Optional<Level> level = level(teacher, l);
      if (level.isEmpty()) {
        return List.copyOf(levels);
      }
      levels.add(level.get());
    }
  }

  private static Optional<Level> level(TeacherDescriptor teacher, int level) {
    return teacher.getTensors().stream()
        .filter(t -> t.getStride() != null && level(t) == level)
        .findFirst()
        .map(t -> new Level(t.getStride(), t.getShape().get(1), t.getShape().get(2)));
  }

  /** Pixels per cell of each level, fine to coarse. */
  public static List<Integer> strides(TeacherDescriptor teacher) {
    return levels(teacher).stream().map(Level::stride).toList();
  }

  /** Channels of each level's feature, fine to coarse; 0 where the teacher has none. */
  public static List<Integer> featureChannels(TeacherDescriptor teacher) {
    List<Integer> channels = new ArrayList<>();
    for (int l = 0; l < levels(teacher).size(); l++) {
      channels.add(find(teacher, TensorRole.FEATURES, l).map(t -> t.getShape().get(0)).orElse(0));
    }
    return channels;
  }

  /** Bins per box side; 0 if the boxes are not distributions. */
  public static int bins(TeacherDescriptor teacher) {
    return teacher.getBoxes() == null ? 0 : teacher.getBoxes().getBins();
  }

  /** Anchors per cell, A; 1 where a cell is a point. */
  public static int anchorsPerCell(TeacherDescriptor teacher) {
    return HeadChannels.anchorsPerCell(teacher.getPriors());
  }

  /** Numbers of one view. */
  public static int size(RecordedTensor tensor) {
    return tensor.getShape().stream().reduce(1, Math::multiplyExact);
  }
}
