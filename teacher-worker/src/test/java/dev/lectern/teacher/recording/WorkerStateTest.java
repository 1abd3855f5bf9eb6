package dev.lectern.teacher.recording;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WorkerStateTest {
  private final WorkerState state = new WorkerState();

  @Test
  void theFirstFailureCountsAndEndsTheWork() {
    state.fail(new IllegalStateException("first"));
    state.fail(new IllegalStateException("second"));

    assertThat(state.failure()).hasMessage("first");
    assertThat(state.isDraining()).isTrue();
  }

  @Test
  void whatFailsAfterTheEndIsNoFailure() {
    state.drain();
    state.end();

    state.fail(new IllegalStateException("a view that was given back"));

    assertThat(state.hasFailed()).isFalse();
  }
}
