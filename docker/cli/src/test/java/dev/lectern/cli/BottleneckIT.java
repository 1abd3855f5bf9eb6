package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.teacher.model.FixedTimeTeacher;
import dev.lectern.teacher.recording.TeacherFactory;
import dev.lectern.watch.Advice;
import dev.lectern.watch.FleetView;
import dev.lectern.watch.Side;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Advice where the broker is what is slow: it holds one client back at a time by a quota, and the
 * advice must name the side which that client is on. {@link StatusIT} has slow teachers and
 * students.
 */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BottleneckIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final TeacherFactory QUICK =
      (config, descriptor, kinds) -> new FixedTimeTeacher(descriptor, kinds, Duration.ofMillis(20));

  @TempDir private static Path dir;
  private LiveFleet fleet;
  private Admin admin;
  private final Map<String, String> quotas = new HashMap<>();

  @BeforeAll
  void start() throws Exception {
    // Quotas count over the last three seconds, so that they hold from the start.
    fleet = LiveFleet.start(dir, 240, 8, Map.of("quota.window.num", "3"));
    admin = Admin.create(Map.of("bootstrap.servers", fleet.servers()));
  }

  @AfterAll
  void stop() throws Exception {
    if (admin != null) {
      for (Map.Entry<String, String> quota : quotas.entrySet()) {
        alter(quota.getKey(), quota.getValue(), null);
      }
      admin.close();
    }
    if (fleet != null) {
      fleet.close();
    }
  }

  @Test
  void aBrokerThatTakesOutputsTooSlowlyHoldsUpSending() throws Exception {
    quota("sender", "producer_byte_rate", 40_000.0);
    fleet.record(
        LiveFleet.DATASET, "sent", List.of("sender"), QUICK, Map.of("client.id", "sender"));

    Advice advice = awaitAdvice("sent", Side.SENDING);

    assertThat(advice.text())
        .contains("until the broker has their outputs")
        .contains("more workers would not");
  }

  @Test
  void aBrokerThatHandsOutViewsTooSlowlyHoldsUpViews() throws Exception {
    quota("fetcher", "consumer_byte_rate", 40_000.0);
    fleet.record(
        LiveFleet.DATASET, "fetched", List.of("fetcher"), QUICK, Map.of("client.id", "fetcher"));

    Advice advice = awaitAdvice("fetched", Side.VIEWS);

    assertThat(advice.text()).contains("the broker sends them too slowly");
  }

  @Test
  void aPublisherThatIsSlowHoldsUpViews() throws Exception {
    quota("publisher", "producer_byte_rate", 60_000.0);
    // Small requests: a large one is let through, and holds up all that follow.
    fleet.publishMeanwhile(
        "trickle", "--kafka", "client.id=publisher", "--kafka", "batch.size=16384");
    fleet.await(
        "a dataset that is being published",
        LONG,
        view ->
            view.datasets().stream().anyMatch(d -> d.name().equals("trickle") && d.views() > 0));
    fleet.record("trickle", "trickled", List.of("reader"), QUICK, Map.of());

    Advice advice = awaitAdvice("trickled", Side.VIEWS);

    assertThat(advice.text()).contains("publishing is the limit");
  }

  @Test
  void aRunThatReadsASlowBrokerAnewInEachEpochIsHeldUpByReplay() throws Exception {
    fleet.record("whole", List.of("quick"), QUICK);
    fleet.await(
        "a sealed recording",
        LONG,
        view ->
            view.recordings().stream()
                .anyMatch(r -> r.name().equals("whole") && r.state().equals("sealed")));
    // A record read by itself brings its batch along, up to 1 MiB.
    quota("replayer", "consumer_byte_rate", 6e6);
    fleet.train(
        "starved",
        "whole",
        Duration.ZERO,
        """
        epochs: 100000
        batch-size: 8
        losses: [{name: ld}]
        checkpoint: {every-epochs: 100000}
        evaluation: {split: none}
        replay: {store: none}
        kafka: {client.id: replayer}
        """);

    Advice advice = awaitAdvice("whole", Side.REPLAY);

    assertThat(advice.text())
        .contains("starved trains on")
        .contains("reading Kafka, anew in each epoch; let replay.store");
  }

  private Advice awaitAdvice(String recording, Side side) throws InterruptedException {
    FleetView view =
        fleet.await(
            recording + " held up by " + side,
            LONG,
            v ->
                v.advice().stream()
                    .anyMatch(a -> a.recording().equals(recording) && a.bottleneck() == side));
    return view.advice().stream()
        .filter(a -> a.recording().equals(recording))
        .findFirst()
        .orElseThrow();
  }

  /** Holds a client back until the end. */
  private void quota(String client, String what, double bytesPerSecond)
      throws ExecutionException, InterruptedException {
    quotas.put(client, what);
    alter(client, what, bytesPerSecond);
  }

  private void alter(String client, String what, Double bytesPerSecond)
      throws ExecutionException, InterruptedException {
    admin
        .alterClientQuotas(
            List.of(
                new ClientQuotaAlteration(
                    new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, client)),
                    List.of(new ClientQuotaAlteration.Op(what, bytesPerSecond)))))
        .all()
        .get();
  }
}
