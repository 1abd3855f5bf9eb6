package dev.lectern.teacher.ledger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Utils;

/** What the ledgers of one recording keep on this machine, beside what the broker has. */
public final class LedgerState {
  private LedgerState() {}

  /** The id of the receipts topic is part of its name: no other topic ever has it. */
  static Path folder(Path base, String recording, Uuid receiptsTopic) {
    return base.resolve(recording + "-" + receiptsTopic);
  }

  /**
   * Deletes the folder of a recording that is no more, if there is one.
   *
   * @param base the ledgers' {@code state-dir}
   * @param receiptsTopic id of the recording's topic of receipts
   */
  public static void delete(Path base, String recording, Uuid receiptsTopic) {
    Path folder = folder(base, recording, receiptsTopic);
    try {
      Utils.delete(folder.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException("state directory " + folder + " cannot be deleted", e);
    }
  }
}
