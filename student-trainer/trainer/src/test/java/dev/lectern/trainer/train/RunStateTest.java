package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.trainer.train.RunState.State;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RunStateTest {
  private final RunState state = new RunState();
  private final AtomicInteger stops = new AtomicInteger();

  @Test
  void aStopIsToldOnceToThoseBeforeItAndAtOnceToThoseAfterIt() {
    state.onStop(stops::incrementAndGet);
    assertThat(stops).hasValue(0);

    state.stop();
    state.stop();
    assertThat(stops).hasValue(1);
    state.onStop(stops::incrementAndGet);

    assertThat(stops).hasValue(2);
    assertThat(state.isStopping()).isTrue();
  }

  @Test
  void aCompleteRunCannotBeStopped() {
    state.onStop(stops::incrementAndGet);
    state.complete();

    state.stop();

    assertThat(state.state()).isEqualTo(State.COMPLETE);
    assertThat(stops).hasValue(0);
  }

  @Test
  void aRunThatWasStoppedInItsLastStepIsComplete() {
    state.stop();

    state.complete();

    assertThat(state.state()).isEqualTo(State.COMPLETE);
    assertThat(state.isStopping()).isFalse();
  }

  @Test
  void aStoppingRunGivesUpDataThatDoNotCome() throws Exception {
    assertThat(state.await(CompletableFuture.completedFuture("there"))).isEqualTo("there");
    state.stop();

    assertThat(state.await(CompletableFuture.completedFuture("there"))).isEqualTo("there");
    assertThatThrownBy(() -> state.await(new CompletableFuture<>()))
        .isInstanceOf(StoppedWaitingException.class);
  }
}
