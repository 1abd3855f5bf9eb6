package dev.lectern.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class BrokerWaitTest {
  private final KafkaException away = new TimeoutException("Failed to get offsets by times");

  private long now = 1;

  @Test
  void itAsksUntilThereIsAnAnswer() throws InterruptedException {
    assertAnswersAfter(away, new DisconnectException());
  }

  private void assertAnswersAfter(RuntimeException... failures) throws InterruptedException {
    Queue<RuntimeException> left = new ArrayDeque<>(List.of(failures));

    String answer =
        waiting(Map.of())
            .retry(
                () -> {
                  if (!left.isEmpty()) {
                    throw left.remove();
                  }
                  return "here";
                });

    assertThat(answer).isEqualTo("here");
    assertThat(left).isEmpty();
  }

  @Test
  void withoutALimitItWaitsForDays() {
    BrokerWait wait = waiting(Map.of());
    wait.failed(away);
    now += Duration.ofDays(30).toNanos();

    assertThatCode(() -> wait.failed(away)).doesNotThrowAnyException();
  }

  @Test
  void theLimitIsThatOfTheClientAndBeginsAnewWithEachAnswer() {
    BrokerWait wait = waiting(Map.of("default.api.timeout.ms", "90000"));
    wait.failed(away);
    now += Duration.ofSeconds(80).toNanos();
    wait.answered();
    wait.failed(away);
    now += Duration.ofSeconds(80).toNanos();
    wait.failed(away);
    now += Duration.ofSeconds(15).toNanos();

    assertThatThrownBy(() -> wait.failed(away))
        .isInstanceOf(TimeoutException.class)
        .hasMessage("no Kafka broker at b:9092 has answered for 95 s")
        .hasCause(away);
  }

  @Test
  void whoIsStoppedWaitsNoLonger() throws InterruptedException {
    BrokerWait wait = waiting(Map.of());
    wait.stop();

    String answer =
        wait.retry(
            () -> {
              throw away;
            });

    assertThat(answer).isNull();
    assertThatThrownBy(() -> wait.failed(away)).isSameAs(away);
  }

  @Test
  void aRefusalOrDamageIsNoAbsence() {
    for (KafkaException refusal :
        List.of(
            new TopicAuthorizationException("t"),
            new UnknownTopicOrPartitionException("t"),
            new CorruptRecordException("t-0@7"))) {
      assertThatThrownBy(() -> waiting(Map.of()).failed(refusal)).isSameAs(refusal);
    }
  }

  /** What ended workers after a broker had stood still for 60 s, in the words of Kafka's client. */
  @Test
  void aCodeThatAConsumerDoesNotExpectIsTakenForWhatItSays() throws InterruptedException {
    assertAnswersAfter(unexpected(Errors.COORDINATOR_NOT_AVAILABLE));
    for (IllegalStateException failure :
        List.of(
            unexpected(Errors.UNKNOWN_SERVER_ERROR),
            unexpected(Errors.CLUSTER_AUTHORIZATION_FAILED),
            unexpected(Errors.UNKNOWN_TOPIC_OR_PARTITION),
            new IllegalStateException("This consumer has already been closed."))) {
      assertThatThrownBy(() -> waiting(Map.of()).failed(failure)).isSameAs(failure);
    }
  }

  private static IllegalStateException unexpected(Errors error) {
    return new IllegalStateException(
        "Unexpected error code "
            + error.code()
            + " while fetching from topic-partition data.views-0");
  }

  @Test
  void aNameThatDoesNotResolveMayComeBack() {
    KafkaException unresolved =
        new KafkaException(
            "Failed to construct kafka consumer",
            new ConfigException("No resolvable bootstrap urls given in bootstrap.servers"));

    assertThatCode(() -> waiting(Map.of()).failed(unresolved)).doesNotThrowAnyException();
  }

  @Test
  void aCallTakesNoLongerThanAStopMayWait() {
    assertThat(waiting(Map.of()).client())
        .containsEntry("default.api.timeout.ms", 15_000)
        .containsEntry("request.timeout.ms", 15_000);
    assertThat(waiting(Map.of("default.api.timeout.ms", "4000")).client())
        .containsEntry("default.api.timeout.ms", 4_000)
        .containsEntry("request.timeout.ms", 4_000);
  }

  private BrokerWait waiting(Map<String, String> client) {
    Map<String, Object> all = new java.util.HashMap<>(client);
    all.put("bootstrap.servers", "b:9092");
    return BrokerWait.of(all, () -> now);
  }
}
