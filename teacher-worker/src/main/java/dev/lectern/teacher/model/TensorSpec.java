package dev.lectern.teacher.model;

import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * One tensor that a teacher is asked for.
 *
 * @param output its name in the model
 * @param name its name in a recording, see {@link TensorLayout}
 * @param kind which payload it belongs to
 * @param channels C
 * @param height H
 * @param width W
 */
public record TensorSpec(
    String output, String name, TensorKind kind, int channels, int height, int width) {

  /**
   * The tensors of some kinds, level by level within a kind, kinds in the order of {@link
   * TensorKind}; levels without a feature have none.
   */
  public static List<TensorSpec> of(TeacherDescriptor descriptor, Collection<TensorKind> kinds) {
    List<TensorSpec> specs = new ArrayList<>();
    for (TensorKind kind : TensorKind.values()) {
      Map<String, List<Integer>> layout = TensorLayout.of(descriptor, kind);
      for (int l = 0; kinds.contains(kind) && l < descriptor.getLevels().size(); l++) {
        String name = TensorLayout.name(kind, l);
        List<Integer> shape = layout.get(name);
        if (shape != null) {
          String output = output(descriptor.getLevels().get(l), kind);
          specs.add(new TensorSpec(output, name, kind, shape.get(0), shape.get(1), shape.get(2)));
        }
      }
    }
    return List.copyOf(specs);
  }

  private static String output(Level level, TensorKind kind) {
    return switch (kind) {
      case CLASS_SCORES -> level.getClassScores();
      case BOX_LOGITS -> level.getBoxLogits();
      case FPN_FEATURES -> level.getFeature();
    };
  }

  /** Numbers of one view: C * H * W. */
  public int size() {
    return Math.multiplyExact(Math.multiplyExact(channels, height), width);
  }

  /** (N, C, H, W) for a batch. */
  long[] batchShape(int batchSize) {
    return new long[] {batchSize, channels, height, width};
  }
}
