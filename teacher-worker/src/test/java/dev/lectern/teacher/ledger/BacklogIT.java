package dev.lectern.teacher.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.topic.Topics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The figures that a fleet is scaled by. */
@Timeout(180)
class BacklogIT {
  private static final String[] VIEWS = {"a#0", "b#0", "c#0", "d#0", "e#0", "f#0"};

  @TempDir Path dir;

  @Test
  void theBacklogFallsWithReceiptsAndTheLagOfTheFleetWithAcceptedViews() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir.resolve("broker"))) {
      Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
      SimpleMeterRegistry meters = new SimpleMeterRegistry();
      LedgerApp ledger =
          new LedgerApp(
              new LedgerConfig(
                  "rec",
                  dir.resolve("state"),
                  LedgerConfig.Lifetime.UNTIL_STOPPED,
                  LedgerConfig.LocalState.KEEP,
                  LedgerConfig.Empty.KEEP_OPEN),
              client,
              Progress.silentFactory(),
              meters);
      try (FakeFleet fleet = new FakeFleet(client, "rec").publish(VIEWS).open()) {
        CompletableFuture<Void> running =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    ledger.run();
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                });
        // No worker has come yet: everything waits, also for the share group.
        await(meters, "lectern.ledger.backlog", 6);
        await(meters, "lectern.ledger.fleet.lag", 6);

        accept(client, Topics.views(fleet.dataset).name(), 4);
        fleet.record("a#0");
        fleet.record("b#0");
        fleet.giveUp("c#0");

        await(meters, "lectern.ledger.backlog", 3);
        await(meters, "lectern.ledger.fleet.lag", 2);

        for (String viewId : List.of("d#0", "e#0", "f#0")) {
          fleet.record(viewId);
        }
        await(meters, "lectern.ledger.backlog", 0);
        await(meters, "lectern.ledger.recorded", 5);
        assertThat(running).isNotDone();
        ledger.stop();
        running.get(60, TimeUnit.SECONDS);
      }
    }
  }

  /** A worker of the fleet that accepts some views and releases the others. */
  private static void accept(Map<String, Object> client, String topic, int views) throws Exception {
    String group = Topics.fleetGroup("rec");
    try (Admin admin = Admin.create(client)) {
      admin
          .incrementalAlterConfigs(
              Map.of(
                  new ConfigResource(ConfigResource.Type.GROUP, group),
                  List.of(
                      new AlterConfigOp(
                          new ConfigEntry("share.auto.offset.reset", "earliest"),
                          AlterConfigOp.OpType.SET))))
          .all()
          .get();
    }
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            client.get("bootstrap.servers"),
            "group.id",
            group,
            "share.acknowledgement.mode",
            "explicit");
    int accepted = 0;
    try (KafkaShareConsumer<byte[], byte[]> worker =
        new KafkaShareConsumer<>(
            settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      worker.subscribe(List.of(topic));
      while (accepted < views) {
        for (ConsumerRecord<byte[], byte[]> view : worker.poll(Duration.ofMillis(500))) {
          boolean take = accepted < views;
          worker.acknowledge(view, take ? AcknowledgeType.ACCEPT : AcknowledgeType.RELEASE);
          accepted += take ? 1 : 0;
        }
        worker.commitSync();
      }
    }
  }

  private static void await(SimpleMeterRegistry meters, String name, double value) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> assertThat(meters.get(name).gauge().value()).as(name).isEqualTo(value));
  }
}
