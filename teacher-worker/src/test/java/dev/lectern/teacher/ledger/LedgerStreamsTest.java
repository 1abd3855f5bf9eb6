package dev.lectern.teacher.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;

class LedgerStreamsTest {

  /** The words are those of Kafka 4.4; {@code ClockJumpsIT} makes it say them. */
  @Test
  void anotherThreadTakesUpATransactionThatWaitedForTooLong() {
    KafkaException waited =
        new KafkaException(
            "The client hasn't received acknowledgment for some previously sent messages and can no"
                + " longer retry them. It is safe to abort the transaction and continue.");
    KafkaException after =
        new KafkaException(
            "Cannot execute transactional method because we are in an error state", waited);

    assertThat(LedgerStreams.isAbortable(new StreamsException("adding offsets", after))).isTrue();
  }

  @Test
  void whatWouldFailAgainEndsTheLedger() {
    KafkaException denied =
        new KafkaException(
            "Cannot execute transactional method because we are in an error state",
            new TopicAuthorizationException("mine.index"));

    assertThat(LedgerStreams.isAbortable(new StreamsException("sending", denied))).isFalse();
  }
}
