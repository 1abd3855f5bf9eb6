package dev.lectern.teacher.recording;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.teacher.recording.WorkerState.State;
import org.junit.jupiter.api.Test;

class WorkerStateTest {
  private final WorkerState state = new WorkerState();

  @Test
  void theFirstFailureCountsAndEndsTheWork() {
    state.fail(new IllegalStateException("first"));
    state.fail(new IllegalStateException("second"));

    assertThat(state.failure()).hasMessage("first");
    assertThat(state.state()).isEqualTo(State.FAILED);
    assertThat(state.isDraining()).isTrue();
    state.end();
    assertThat(state.state()).isEqualTo(State.FAILED);
  }

  @Test
  void whatFailsAfterTheEndIsNoFailure() {
    state.drain();
    state.end();

    state.fail(new IllegalStateException("a view that was given back"));

    assertThat(state.state()).isEqualTo(State.ENDED);
    assertThat(state.hasFailed()).isFalse();
  }

  @Test
  void whoeverWaitsForTheEndIsTold() throws Exception {
    assertThat(state.awaitDraining(1)).isFalse();
    Thread asks = new Thread(state::drain);

    asks.start();

    assertThat(state.awaitDraining(60_000)).isTrue();
    asks.join();
    state.drain();
    assertThat(state.state()).isEqualTo(State.DRAINING);
  }
}
