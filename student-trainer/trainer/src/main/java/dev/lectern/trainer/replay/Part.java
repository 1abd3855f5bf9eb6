package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.TensorKind;

/** What is stored of a view: the view itself, and each kind of teacher output. */
public enum Part {
  /** The View record. */
  VIEW(0),
  /** The container of class logits. */
  CLASS_SCORES(1),
  /** The container of box distribution logits. */
  BOX_LOGITS(2),
  /** The container of neck features. */
  FPN_FEATURES(3);

  /** The byte that stands for it on disk. */
  final byte code;

  Part(int code) {
    this.code = (byte) code;
  }

  /** The part of a code, or null if there is none. */
  static Part ofCode(int code) {
    for (Part part : values()) {
      if (part.code == code) {
        return part;
      }
    }
    return null;
  }

  /** The part that holds a kind. */
  public static Part of(TensorKind kind) {
    return switch (kind) {
      case CLASS_SCORES -> CLASS_SCORES;
      case BOX_LOGITS -> BOX_LOGITS;
      case FPN_FEATURES -> FPN_FEATURES;
    };
  }
}
