package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.View;
import java.util.ArrayList;
import java.util.List;

/**
 * The objects of a view under the student's classes; those of classes that it does not learn go.
 */
public final class StudentLabels {
  private StudentLabels() {}

  /**
   * Changes the view.
   *
   * @param labels from the dataset's classes to the student's
   */
  public static void apply(ClassMapping labels, View view) {
    if (labels.isIdentity()) {
      return;
    }
    List<GroundTruth> kept = new ArrayList<>();
    for (GroundTruth object : view.getGroundTruth()) {
      labels
          .label(object.getLabel())
          .ifPresent(label -> kept.add(GroundTruth.newBuilder(object).setLabel(label).build()));
    }
    view.setGroundTruth(kept);
  }
}
