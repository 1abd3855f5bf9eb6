package dev.lectern.teacher.ledger;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.Receipt;

/** Something that the ledger learns of one view. */
sealed interface ViewEvent {
  /**
   * The view exists.
   *
   * @param view null when it was removed
   */
  record Catalogued(CatalogEntry view) implements ViewEvent {}

  /** The view's outputs are on the log. */
  record Recorded(Receipt receipt) implements ViewEvent {}

  /** A worker gave the view up. */
  record GivenUp(DeadLetter letter) implements ViewEvent {}
}
