package dev.lectern.report.inspect;

import dev.lectern.detector.pixel.LabelMap;
import dev.lectern.schemas.record.View;

/**
 * A view and the classes of its pixels; all maps have the same classes.
 *
 * @param view with its pixels
 * @param truth as annotated; null where the view has no label map
 * @param teacher as recorded
 * @param student what a student gives; null without one
 */
public record SeenPixels(View view, LabelMap truth, LabelMap teacher, LabelMap student) {
  /**
   * Part of the pixels of which two maps say different things; of all but those that one of them
   * ignores.
   *
   * @return 0 to 1; 0 where nothing can be compared
   */
  public static double difference(LabelMap first, LabelMap second) {
    if (first == null || second == null) {
      return 0;
    }
    int compared = 0;
    int different = 0;
    for (int i = 0; i < first.classes().length; i++) {
      if (first.classes()[i] != (byte) LabelMap.IGNORED
          && second.classes()[i] != (byte) LabelMap.IGNORED) {
        compared++;
        different += first.classes()[i] == second.classes()[i] ? 0 : 1;
      }
    }
    return compared == 0 ? 0 : (double) different / compared;
  }
}
