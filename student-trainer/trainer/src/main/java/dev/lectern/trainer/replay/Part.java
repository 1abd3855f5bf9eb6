package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.TensorKind;

/** What is stored of a view: the view itself, and each kind of teacher output. */
public enum Part {
  /** The View record. */
  VIEW,
  /** The container of class logits. */
  CLASS_SCORES,
  /** The container of box distribution logits. */
  BOX_LOGITS,
  /** The container of neck features. */
  FPN_FEATURES;

  /** The part that holds a kind. */
  public static Part of(TensorKind kind) {
    return switch (kind) {
      case CLASS_SCORES -> CLASS_SCORES;
      case BOX_LOGITS -> BOX_LOGITS;
      case FPN_FEATURES -> FPN_FEATURES;
    };
  }
}
