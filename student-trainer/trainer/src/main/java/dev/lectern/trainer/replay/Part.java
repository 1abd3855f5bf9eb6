package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.TensorKind;

/**
 * What is stored of a view: the view itself, or its teacher outputs of one kind.
 *
 * @param kind of the outputs; null for the View record
 */
public record Part(TensorKind kind) {
  /** The View record. */
  public static final Part VIEW = new Part(null);

  private static final TensorKind[] KINDS = TensorKind.values();

  /** The byte that stands for it on disk: 0 for the view, 1 and up in the order of the kinds. */
  byte code() {
    return (byte) (kind == null ? 0 : 1 + kind.ordinal());
  }

  /** The part of a code, or null if there is none. */
  static Part ofCode(int code) {
    if (code == 0) {
      return VIEW;
    }
    return code > 0 && code <= KINDS.length ? new Part(KINDS[code - 1]) : null;
  }

  @Override
  public String toString() {
    return kind == null ? "VIEW" : kind.name();
  }
}
