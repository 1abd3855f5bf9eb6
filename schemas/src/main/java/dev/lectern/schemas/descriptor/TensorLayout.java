package dev.lectern.schemas.descriptor;

import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Names and dense shapes of the tensors in a payload: {@code cls.l} (K, H, W), {@code dist.l} (4 *
 * bins, H, W) and {@code fpn.l} (C, H, W), level l counted from the finest.
 */
public final class TensorLayout {
  private TensorLayout() {}

  /** Name of a kind's tensor of a level. */
  public static String name(TensorKind kind, int level) {
    return switch (kind) {
      case CLASS_SCORES -> TensorRole.CLASS_LOGITS.at(level);
      case BOX_LOGITS -> TensorRole.BOX_DISTRIBUTION.at(level);
      case FPN_FEATURES -> TensorRole.FEATURES.at(level);
    };
  }

  /**
   * The tensors of a kind, name to shape, in the order of the levels; features only of the levels
   * that name one.
   */
  public static Map<String, List<Integer>> of(TeacherDescriptor teacher, TensorKind kind) {
    Map<String, List<Integer>> shapes = new LinkedHashMap<>();
    for (int l = 0; l < teacher.getLevels().size(); l++) {
      Level level = teacher.getLevels().get(l);
      if (kind == TensorKind.FPN_FEATURES && level.getFeature() == null) {
        continue;
      }
      int channels =
          switch (kind) {
            case CLASS_SCORES -> teacher.getClassNames().size();
            case BOX_LOGITS -> 4 * teacher.getBins();
            case FPN_FEATURES -> level.getFeatureChannels();
          };
      shapes.put(name(kind, l), List.of(channels, level.getHeight(), level.getWidth()));
    }
    return shapes;
  }
}
