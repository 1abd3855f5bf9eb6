package dev.lectern.teacher.recording;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.status.TeacherWait;
import org.junit.jupiter.api.Test;

class InFlightTest {
  private final InFlight inFlight = new InFlight();

  @Test
  void aLaneThatAsksInVainMeansThatViewsAreMissing() {
    inFlight.fetching.set(1);
    inFlight.publishing.set(20);

    assertThat(inFlight.whyNoBatch()).isEqualTo(TeacherWait.VIEWS);
  }

  @Test
  void whileAllLanesHoldViewsThePartWithMostOfThemIsTheCause() {
    assertThat(inFlight.whyNoBatch()).as("a moment between two parts").isEqualTo(TeacherWait.VIEWS);
    inFlight.decoding.set(3);
    assertThat(inFlight.whyNoBatch()).isEqualTo(TeacherWait.DECODE);
    inFlight.encoding.set(5);
    assertThat(inFlight.whyNoBatch()).isEqualTo(TeacherWait.ENCODE);
    inFlight.publishing.set(8);
    assertThat(inFlight.whyNoBatch()).isEqualTo(TeacherWait.PUBLISH);
  }

  @Test
  void encodersThatStandInTheProducerAreNotSlowAtEncoding() {
    inFlight.encoding.set(24);
    inFlight.encoders.set(2);
    assertThat(inFlight.whyNoBuffer()).isEqualTo(TeacherWait.ENCODE);

    inFlight.encoders.set(0);
    inFlight.senders.set(2);
    assertThat(inFlight.whyNoBuffer()).isEqualTo(TeacherWait.PUBLISH);
    assertThat(inFlight.whyNoBatch()).isEqualTo(TeacherWait.PUBLISH);
  }
}
