package dev.lectern.report.inspect;

import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.record.View;
import java.util.List;

/**
 * A view and what is known of it.
 *
 * @param view with its pixels
 * @param teacher as recorded
 * @param recorded positions of each level whose class scores are recorded; empty if all are
 * @param student what a student gives; null without one
 */
public record SeenView(
    View view, Outputs<float[]> teacher, List<int[]> recorded, Outputs<float[]> student) {
  /** Copies the list. */
  public SeenView {
    recorded = List.copyOf(recorded);
  }
}
