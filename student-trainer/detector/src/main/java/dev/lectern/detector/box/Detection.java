package dev.lectern.detector.box;

import java.util.List;

/**
 * One detected object.
 *
 * @param label class index, 0-based
 * @param score probability of that class
 * @param x1 left, pixels of the network input
 * @param y1 top
 * @param x2 right
 * @param y2 bottom
 */
public record Detection(int label, float score, float x1, float y1, float x2, float y2) {
  /** Boxes of detections, (N, 4) xyxy. */
  public static float[] corners(List<Detection> detections) {
    float[] corners = new float[4 * detections.size()];
    for (int i = 0; i < detections.size(); i++) {
      Detection box = detections.get(i);
      corners[4 * i] = box.x1();
      corners[4 * i + 1] = box.y1();
      corners[4 * i + 2] = box.x2();
      corners[4 * i + 3] = box.y2();
    }
    return corners;
  }
}
