package dev.lectern.schemas.tensor;

/** What is done to the value bytes before compression; the code is the byte in the container. */
public enum Filter {
  NONE(0),
  /** All first bytes of the values, then all second bytes, and so on. */
  SHUFFLE(1),
  /** Each byte minus the byte one row above; int8 only. */
  VERTICAL_DELTA(2);

  final int code;

  Filter(int code) {
    this.code = code;
  }

  static Filter of(int code, String where) {
    for (Filter filter : values()) {
      if (filter.code == code) {
        return filter;
      }
    }
    throw new CorruptTensorException(
        where
            + ": found filter "
            + code
            + ", expected 0 (none), 1 (byte shuffle) or 2 (vertical delta)");
  }
}
