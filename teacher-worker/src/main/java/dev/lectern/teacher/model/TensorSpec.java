package dev.lectern.teacher.model;

import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * One tensor that a teacher is asked for.
 *
 * @param output its name in the model
 * @param name its name in a recording: {@code cls.l}, {@code dist.l} or {@code fpn.l}, l from fine
 *     to coarse
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
      for (int l = 0; kinds.contains(kind) && l < descriptor.getLevels().size(); l++) {
        Level level = descriptor.getLevels().get(l);
        String output = output(level, kind);
        if (output != null) {
          specs.add(
              new TensorSpec(
                  output,
                  prefix(kind) + l,
                  kind,
                  channels(descriptor, level, kind),
                  level.getHeight(),
                  level.getWidth()));
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

  private static String prefix(TensorKind kind) {
    return switch (kind) {
      case CLASS_SCORES -> "cls.";
      case BOX_LOGITS -> "dist.";
      case FPN_FEATURES -> "fpn.";
    };
  }

  private static int channels(TeacherDescriptor descriptor, Level level, TensorKind kind) {
    return switch (kind) {
      case CLASS_SCORES -> descriptor.getClassNames().size();
      case BOX_LOGITS -> 4 * descriptor.getBins();
      case FPN_FEATURES -> level.getFeatureChannels();
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
