package dev.lectern.trainer.view;

import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.view.MatchedInstances.Positives;
import java.util.Map;

/**
 * The distributions of matched queries over the places of a box's sides, carried over to the
 * positives of a student.
 *
 * <p>A bin of the teacher puts a side of the query's reference box at a place of the input, which
 * is so many strides from a positive's centre. Its mass is split linearly between the two bins of
 * the student around that distance, which keeps the expected place; mass beyond an end of the
 * student's support goes into that end's bin. Mass is preserved.
 *
 * <p>Bins of sides: Peng et al. 2024 (D-FINE, arXiv:2410.13842), section 4.1.
 */
public final class MatchedDistributions {
  private final MatchedInstances matched;
  private final Positives positives;
  private final Map<Integer, Integer> placeOfRow;

  MatchedDistributions(
      MatchedInstances matched, Positives positives, Map<Integer, Integer> placeOfRow) {
    this.matched = matched;
    this.positives = positives;
    this.placeOfRow = placeOfRow;
  }

  /**
   * The teacher's probabilities on the student's support.
   *
   * @param rows (M) of the batch, each a positive
   * @param bins per side of the student, B
   * @return (M, 4, B); all 0 where no query is matched
   */
  public float[] probabilities(int[] rows, int bins) {
    float[] carried = new float[rows.length * 4 * bins];
    for (int m = 0; m < rows.length; m++) {
      Integer place = placeOfRow.get(rows[m]);
      if (place == null) {
        throw new IllegalArgumentException(
            "batch row " + rows[m] + " is not a positive whose object has a query");
      }
      int image = positives.images()[place];
      int query = matched.row(image, positives.objects()[place]);
      if (query >= 0) {
        carry(image, query, place, bins, carried, m * 4 * bins);
      }
    }
    return carried;
  }

  private void carry(int image, int query, int place, int bins, float[] into, int at) {
    TeacherInstances teacher = matched.teacher();
    double[] values =
        teacher.boxes().getBinValues().stream().mapToDouble(Double::doubleValue).toArray();
    float[] logits = teacher.row(TensorRole.INSTANCE_DISTRIBUTION, image, query, 4 * values.length);
    float[] reference = teacher.row(TensorRole.INSTANCE_REFERENCES, image, query, 4);
    double stride = positives.strides()[place];
    for (int side = 0; side < 4; side++) {
      int axis = side % 2;
      double size = reference[2 + axis] - reference[axis];
      double centre = positives.centres()[2 * place + axis];
      double[] p = softmax(logits, side * values.length, values.length);
      for (int bin = 0; bin < values.length; bin++) {
        double outwards = values[bin] * size;
        double distance =
            side < 2
                ? centre - (reference[side] - outwards) / stride
                : (reference[side] + outwards) / stride - centre;
        double bounded = Math.min(Math.max(distance, 0), bins - 1);
        int lower = (int) Math.min(Math.floor(bounded), bins - 2);
        into[at + side * bins + lower] += (float) (p[bin] * (1 - (bounded - lower)));
        into[at + side * bins + lower + 1] += (float) (p[bin] * (bounded - lower));
      }
    }
  }

  private static double[] softmax(float[] logits, int from, int count) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, logits[from + i]);
    }
    double[] p = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      p[i] = Math.exp(logits[from + i] - max);
      sum += p[i];
    }
    for (int i = 0; i < count; i++) {
      p[i] /= sum;
    }
    return p;
  }
}
