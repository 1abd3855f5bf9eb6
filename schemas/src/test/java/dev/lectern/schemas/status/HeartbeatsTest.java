package dev.lectern.schemas.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.record.LedgerStatus;
import dev.lectern.schemas.record.Phase;
import dev.lectern.schemas.record.RunStatus;
import dev.lectern.schemas.record.WorkerStatus;
import dev.lectern.schemas.serde.Status;
import dev.lectern.schemas.topic.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HeartbeatsTest {
  private static final Heartbeat BEAT = new Heartbeat("host", Phase.WORKING, "", 1L, 2L, 5000L);

  static List<Status> statuses() {
    return List.of(
        new Status.OfWorker(
            new WorkerStatus(
                BEAT, "w1", "r", "d", "t@00", "cpu", 8, 10L, 1L, 0L, 99L, 5000L, 2.0, 20.0, 4.0,
                7.5, List.of())),
        new Status.OfLedger(
            new LedgerStatus(
                BEAT, "r", 3L, 100L, 10L, 1L, 0L, 0L, Map.of("a", 4L), 5000L, 2.0, 5L)),
        new Status.OfRun(
            new RunStatus(
                BEAT,
                "r18-0011aabb",
                "r18",
                List.of("r"),
                "resnet_gfl",
                "cpu",
                8,
                List.of("ld"),
                12,
                1,
                3,
                10,
                13L,
                0.01,
                5000L,
                20.0,
                0.25,
                List.of(),
                List.of(),
                List.of())));
  }

  @ParameterizedTest
  @MethodSource("statuses")
  void aStatusIsReadAsWhatItIs(Status status) {
    var serde = Topics.status().value();

    byte[] bytes = serde.serializer().serialize("lectern.status", status);

    assertThat(serde.deserializer().deserialize("lectern.status", bytes)).isEqualTo(status);
  }

  @Test
  @Timeout(60)
  void aProcessWithoutABrokerIsNotHeldUp() throws Exception {
    List<Phase> asked = new CopyOnWriteArrayList<>();
    Heartbeats heartbeats =
        Heartbeats.onTopic(Map.of("bootstrap.servers", "127.0.0.1:1"), Duration.ofMillis(50));
    long start = System.nanoTime();

    Pulse pulse =
        heartbeats.start(
            heartbeat -> {
              asked.add(heartbeat.getPhase());
              return statuses().get(0);
            });
    long started = System.nanoTime();
    pulse.failed(new IllegalStateException("two\nlines"));
    pulse.close();

    assertThat(started - start).as("ns to start").isLessThan(10_000_000_000L);
    assertThat(System.nanoTime() - started).as("ns to close").isLessThan(20_000_000_000L);
    assertThat(asked).isNotEmpty();
  }
}
