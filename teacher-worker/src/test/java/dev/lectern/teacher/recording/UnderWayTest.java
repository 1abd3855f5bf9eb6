package dev.lectern.teacher.recording;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.teacher.recording.WorkerMetrics.Wait;
import org.junit.jupiter.api.Test;

class UnderWayTest {
  private final UnderWay underWay = new UnderWay();

  @Test
  void aLaneThatAsksInVainMeansThatViewsAreMissing() {
    underWay.fetching.set(1);
    underWay.publishing.set(20);

    assertThat(underWay.whyNoBatch()).isEqualTo(Wait.VIEWS);
  }

  @Test
  void whileAllLanesHoldViewsThePartWithMostOfThemIsTheCause() {
    assertThat(underWay.whyNoBatch()).as("a moment between two parts").isEqualTo(Wait.VIEWS);
    underWay.decoding.set(3);
    assertThat(underWay.whyNoBatch()).isEqualTo(Wait.DECODE);
    underWay.encoding.set(5);
    assertThat(underWay.whyNoBatch()).isEqualTo(Wait.ENCODE);
    underWay.publishing.set(8);
    assertThat(underWay.whyNoBatch()).isEqualTo(Wait.PUBLISH);
  }

  @Test
  void encodersThatStandInTheProducerAreNotSlowAtEncoding() {
    underWay.encoding.set(24);
    underWay.encoders.set(2);
    assertThat(underWay.whyNoBuffer()).isEqualTo(Wait.ENCODE);

    underWay.encoders.set(0);
    underWay.senders.set(2);
    assertThat(underWay.whyNoBuffer()).isEqualTo(Wait.PUBLISH);
    assertThat(underWay.whyNoBatch()).isEqualTo(Wait.PUBLISH);
  }
}
