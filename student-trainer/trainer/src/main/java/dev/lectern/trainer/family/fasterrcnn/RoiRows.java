package dev.lectern.trainer.family.fasterrcnn;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.CornerBoxes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Boxes that a second stage looks at as the rows of a batch: as many of each image, so that images
 * with fewer repeat their last one.
 *
 * @param boxes of each image, (P, 4) xyxy pixels; zeros where an image has none
 * @param counts how many of them are an image's own
 * @param rows a row for each box
 */
record RoiRows(List<float[]> boxes, int[] counts, BatchRows rows) {
  /**
   * @param own of each image, (G, 4) xyxy pixels
   */
  static RoiRows of(List<float[]> own) {
    int[] counts = own.stream().mapToInt(image -> image.length / 4).toArray();
    int perImage = Math.max(1, Arrays.stream(counts).max().orElse(0));
    List<float[]> boxes = new ArrayList<>();
    for (float[] image : own) {
      float[] all = Arrays.copyOf(image, 4 * perImage);
      for (int i = image.length; i < all.length && image.length > 0; i += 4) {
        System.arraycopy(image, image.length - 4, all, i, 4);
      }
      boxes.add(all);
    }
    return new RoiRows(
        boxes,
        counts,
        new BatchRows(PriorGrid.points(List.of(new LevelGrid(1, 1, perImage)), 0), own.size()));
  }

  private int perImage() {
    return boxes.get(0).length / 4;
  }

  /** Number of rows, repeated ones included. */
  int count() {
    return rows.count();
  }

  int row(int image, int box) {
    return image * perImage() + box;
  }

  int imageOf(int row) {
    return row / perImage();
  }

  /** The box of a row among its image's own, of which there is one at least. */
  int placeOf(int row) {
    return Math.min(row % perImage(), counts[imageOf(row)] - 1);
  }

  /** An image's own boxes, (G, 4). */
  float[] own(int image) {
    return Arrays.copyOf(boxes.get(image), 4 * counts[image]);
  }

  /** How rows that are boxes already are read. */
  BoxReading reading() {
    return new BoxReading(
        new CornerBoxes(), PriorGrid.points(List.of(new LevelGrid(1, 1, perImage())), 0));
  }
}
