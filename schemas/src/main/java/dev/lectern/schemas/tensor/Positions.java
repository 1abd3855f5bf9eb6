package dev.lectern.schemas.tensor;

import com.fasterxml.jackson.annotation.JsonAlias;

/** Which positions of a map are stored; the code is the byte in the container. */
public enum Positions {
  /** All. */
  DENSE(0),
  /** Those near objects. */
  REGIONS(1),
  /** Those with the highest class scores. */
  @JsonAlias("top-score")
  TOP_SCORE(2);

  final int code;

  Positions(int code) {
    this.code = code;
  }

  static Positions of(int code, String where) {
    for (Positions positions : values()) {
      if (positions.code == code) {
        return positions;
      }
    }
    throw new CorruptTensorException(
        where
            + ": found position set "
            + code
            + ", expected 0 (dense), 1 (regions) or 2 (top score)");
  }
}
