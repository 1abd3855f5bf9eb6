package dev.lectern.report.inspect;

import dev.lectern.schemas.record.View;
import java.util.List;

/**
 * A view and what is known of it.
 *
 * @param view with its pixels
 * @param teacher as recorded
 * @param recorded positions of each level whose class scores are recorded; empty if all are
 * @param student what a student says; null without one
 */
public record SeenView(
    View view, LevelOutputs teacher, List<int[]> recorded, LevelOutputs student) {
  /** Copies the list. */
  public SeenView {
    recorded = List.copyOf(recorded);
  }
}
