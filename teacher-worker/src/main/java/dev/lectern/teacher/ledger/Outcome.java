package dev.lectern.teacher.ledger;

import dev.lectern.schemas.record.IndexEntry;

/** What an event changes outside of its view. */
sealed interface Outcome {
  /**
   * The view's entry in the index.
   *
   * @param entry null to remove it
   */
  record Indexed(IndexEntry entry) implements Outcome {}

  /** The change of the recording's counts. */
  record Counted(LedgerCounts change) implements Outcome {}
}
