package dev.lectern.detector.region;

import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The positions of a teacher's levels whose centre lies in some box. */
public final class InsideBoxes {
  private InsideBoxes() {}

  /**
   * @param boxes (G, 4) xyxy, canvas pixels
   * @return for each of the teacher's levels ascending positions h * W + w
   */
  public static List<int[]> of(TeacherDescriptor teacher, float[] boxes) {
    double offset = teacher.getPriors().getGridOffset();
    List<int[]> positions = new ArrayList<>();
    for (Level level : TensorLayout.levels(teacher)) {
      BitSet inside = new BitSet();
      for (int g = 0; g < boxes.length / 4; g++) {
        int left = first(boxes[4 * g], level.stride(), offset);
        int top = first(boxes[4 * g + 1], level.stride(), offset);
        for (int y = top; y < level.height() && centre(y, level, offset) < boxes[4 * g + 3]; y++) {
          for (int x = left;
              x < level.width() && centre(x, level, offset) < boxes[4 * g + 2];
              x++) {
            inside.set(y * level.width() + x);
          }
        }
      }
      positions.add(inside.stream().toArray());
    }
    return positions;
  }

  private static double centre(int cell, Level level, double offset) {
    return (cell + offset) * level.stride();
  }

  /** The first cell whose centre lies beyond an edge. */
  private static int first(double edge, int stride, double offset) {
    return Math.max(0, (int) Math.floor(edge / stride - offset) + 1);
  }
}
