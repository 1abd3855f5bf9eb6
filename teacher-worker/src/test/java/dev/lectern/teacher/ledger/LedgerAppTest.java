package dev.lectern.teacher.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LedgerAppTest {
  @Test
  void theBarSaysWhatIsLeftToReadAndWhatWasLost() {
    assertThat(LedgerApp.note(0, 0, 0)).isEmpty();
    assertThat(LedgerApp.note(1200, 0, 0)).isEqualTo("1200 records to read");
    assertThat(LedgerApp.note(0, 2, 0)).isEqualTo("2 dead letters, 0 receipts rejected");
    assertThat(LedgerApp.note(7, 1, 3))
        .isEqualTo("7 records to read, 1 dead letters, 3 receipts rejected");
  }
}
