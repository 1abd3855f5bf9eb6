package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.State;
import org.junit.jupiter.api.Test;

class RecordedShareTest {
  @Test
  void aGapSaysWhyViewsAreMissing() {
    assertThat(new RecordedShare(State.OPEN, "val", 9, 7).gap())
        .contains("2 of 9 plain views of split 'val' are not recorded (the recording is open)");
    assertThat(new RecordedShare(State.SEALED, null, 9, 8).gap())
        .contains("1 of 9 plain views are not recorded (they were given up)");
    assertThat(new RecordedShare(State.SEALED, "val", 9, 9).gap()).isEmpty();
  }
}
