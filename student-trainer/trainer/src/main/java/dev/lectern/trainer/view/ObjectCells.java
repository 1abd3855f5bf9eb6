package dev.lectern.trainer.view;

import dev.lectern.detector.box.Overlap;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.GroundTruth;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which prior of a teacher stands for each object of a batch, where the student looks at boxes and
 * not at cells: of those whose centre lies in the object the one with the largest product of its
 * score for the object's class and the overlap of its box with the object.
 */
public final class ObjectCells implements ObjectOutputs {
  private final int classes;
  private final float[] logits;
  private final float[] boxes;
  private final List<int[]> placeOfObject = new ArrayList<>();

  private ObjectCells(int classes, float[] logits, float[] boxes) {
    this.classes = classes;
    this.logits = logits;
    this.boxes = boxes;
  }

  /**
   * Looks at every prior of the teacher.
   *
   * @param teacher class logits and boxes of all its priors on the levels in common
   * @param images objects of each image
   */
  public static ObjectCells of(TeacherOutputs teacher, List<GroundTruth> images) {
    PriorGrid priors = teacher.reading().priors();
    BatchRows order = new BatchRows(priors, images.size());
    int classes = (int) teacher.cls().values().getShape().get(1);
    List<int[]> positions = new ArrayList<>();
    IntStream rows = IntStream.empty();
    for (int image = 0; image < images.size(); image++) {
      int n = image;
      int[] inside = inside(priors, images.get(image));
      positions.add(inside);
      rows = IntStream.concat(rows, Arrays.stream(inside).map(position -> order.row(n, position)));
    }
    int[] all = rows.toArray();
    ObjectCells cells =
        all.length == 0
            ? new ObjectCells(classes, new float[0], new float[0])
            : new ObjectCells(
                classes,
                teacher.cls().at(all).toFloatArray(),
                new PredictedBoxes(null, null, teacher, order).teacherInPixels(all));
    int first = 0;
    for (int image = 0; image < images.size(); image++) {
      cells.placeOfObject.add(cells.best(priors, positions.get(image), first, images.get(image)));
      first += positions.get(image).length;
    }
    return cells;
  }

  /** Positions whose centre lies in some object, ascending. */
  private static int[] inside(PriorGrid priors, GroundTruth truth) {
    return IntStream.range(0, priors.positions())
        .filter(
            position ->
                IntStream.range(0, truth.count()).anyMatch(g -> isIn(priors, position, truth, g)))
        .toArray();
  }

  private static boolean isIn(PriorGrid priors, int position, GroundTruth truth, int object) {
    float x = priors.centreX(position);
    float y = priors.centreY(position);
    float[] boxes = truth.boxes();
    return x > boxes[4 * object]
        && y > boxes[4 * object + 1]
        && x < boxes[4 * object + 2]
        && y < boxes[4 * object + 3];
  }

  /** Of each object the place of its prior; -1 if there is none. */
  private int[] best(PriorGrid priors, int[] positions, int first, GroundTruth truth) {
    int[] best = new int[truth.count()];
    Arrays.fill(best, -1);
    for (int g = 0; g < best.length; g++) {
      double highest = 0;
      for (int i = 0; i < positions.length; i++) {
        if (isIn(priors, positions[i], truth, g)) {
          int place = first + i;
          double score = 1 / (1 + Math.exp(-logits[place * classes + truth.labels()[g]]));
          double fit = score * Overlap.IOU.of(boxes, place, truth.boxes(), g);
          if (fit > highest) {
            highest = fit;
            best[g] = place;
          }
        }
      }
    }
    return best;
  }

  @Override
  public boolean hasLogits() {
    return true;
  }

  @Override
  public boolean has(int image, int object) {
    return placeOfObject.get(image)[object] >= 0;
  }

  @Override
  public float[] logits(int image, int object) {
    int from = classes * placeOfObject.get(image)[object];
    return Arrays.copyOfRange(logits, from, from + classes);
  }

  @Override
  public float[] box(int image, int object) {
    int from = 4 * placeOfObject.get(image)[object];
    return Arrays.copyOfRange(boxes, from, from + 4);
  }
}
