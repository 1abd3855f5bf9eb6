package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.LabelPixels;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The objects and pixels of a view under the student's classes; objects of classes that it does not
 * learn go, and such pixels are ignored.
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
    if (LabelPixels.has(view)) {
      byte[] classes = LabelPixels.decode(view);
      LabelPixels.map(classes, labels.ofPixels());
      ByteBuffer encoded =
          ByteBuffer.wrap(LabelPixels.encode(view.getWidth(), view.getHeight(), classes));
      view.setLabelMap(encoded);
      view.setLabelMapSha256(LabelPixels.sha256(encoded));
    }
  }
}
