package dev.lectern.report.inspect;

import dev.lectern.schemas.record.TensorKind;

/**
 * How far the outputs of a teacher today are from those it recorded, over all sampled views and in
 * the recording's encoding, so that only the teacher can differ.
 *
 * @param views compared
 * @param equal views of which every stored number is the same, bit for bit
 * @param largest difference of two numbers
 * @param relative norm of the differences over the norm of what was recorded
 */
public record KindDifference(
    TensorKind kind, int views, int equal, double largest, double relative) {

  /** Adds up the views of one kind. */
  static final class Sum {
    private final TensorKind kind;
    private int views;
    private int equal;
    private double largest;
    private double squares;
    private double recordedSquares;

    Sum(TensorKind kind) {
      this.kind = kind;
    }

    /**
     * Adds a view.
     *
     * @param recorded all its numbers
     * @param now as many
     */
    void add(float[] recorded, float[] now) {
      boolean same = true;
      for (int i = 0; i < recorded.length; i++) {
        double difference = Math.abs((double) now[i] - recorded[i]);
        same &= Float.floatToIntBits(now[i]) == Float.floatToIntBits(recorded[i]);
        largest = Math.max(largest, difference);
        squares += difference * difference;
        recordedSquares += (double) recorded[i] * recorded[i];
      }
      views++;
      equal += same ? 1 : 0;
    }

    KindDifference of() {
      double relative = squares == 0 ? 0 : Math.sqrt(squares / recordedSquares);
      return new KindDifference(kind, views, equal, largest, relative);
    }
  }
}
