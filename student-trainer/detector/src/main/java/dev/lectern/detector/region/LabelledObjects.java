package dev.lectern.detector.region;

import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.View;
import java.util.List;

/**
 * The objects of a view that can be positives: all but crowds.
 *
 * @param boxes (G, 4) xyxy, canvas pixels
 * @param labels (G) class indices, 0-based
 */
public record LabelledObjects(float[] boxes, int[] labels) {
  /** The objects of a view, in its order. */
  public static LabelledObjects of(View view) {
    List<GroundTruth> objects =
        view.getGroundTruth().stream().filter(object -> !object.getCrowd()).toList();
    float[] boxes = new float[4 * objects.size()];
    int[] labels = new int[objects.size()];
    for (int i = 0; i < labels.length; i++) {
      boxes[4 * i] = objects.get(i).getX1();
      boxes[4 * i + 1] = objects.get(i).getY1();
      boxes[4 * i + 2] = objects.get(i).getX2();
      boxes[4 * i + 3] = objects.get(i).getY2();
      labels[i] = objects.get(i).getLabel();
    }
    return new LabelledObjects(boxes, labels);
  }
}
