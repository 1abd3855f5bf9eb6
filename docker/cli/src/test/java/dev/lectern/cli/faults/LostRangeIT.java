package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.CommandRun;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Retention that deletes the start of a topic: what is gone is named, and nothing else is said. */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
class LostRangeIT {
  @TempDir private static Path dir;
  private Fleet fleet;

  @BeforeAll
  void recordTwice() throws Exception {
    fleet = Fleet.start(dir, 12, 64);
    fleet.done(fleet.publishing("mini", 1));
    fleet.record("mini", "payloads");
    fleet.record("mini", "receipts");
  }

  @AfterAll
  void stop() {
    fleet.close();
  }

  @Test
  void payloadsThatAreGoneAreNamedByVerifyAndEndARun() throws Exception {
    deleteFirst(Topics.tensors("payloads", TensorKind.BOX_LOGITS));

    CommandRun verified = fleet.run(List.of("recordings", "verify", "payloads"));
    CommandRun trained = fleet.run(fleet.training("run", "payloads", 1, ""));

    assertThat(verified.exitCode()).isEqualTo(1);
    assertThat(verified.out()).contains("payloads.box-logits").doesNotContain(": sound");
    assertThat(trained.exitCode()).isEqualTo(1);
    assertThat(trained.err().lines()).as(trained.err()).hasSize(1);
    assertThat(trained.err()).contains("payloads.box-logits");
  }

  /** A student needs index and payloads alone. */
  @Test
  void receiptsThatAreGoneHarmNoStudent() throws Exception {
    fleet.done(fleet.training("before", "receipts", 1, ""));
    deleteFirst(Topics.receipts("receipts"));

    fleet.done(fleet.training("after", "receipts", 1, ""));

    assertThat(dir.resolve("after/student.safetensors"))
        .hasSameBinaryContentAs(dir.resolve("before/student.safetensors"));
  }

  /** The first record of each partition. */
  private void deleteFirst(Topic<?, ?> topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", fleet.servers()))) {
      Map<TopicPartition, RecordsToDelete> first = new HashMap<>();
      for (String place :
          TopicReader.ends(Map.of("bootstrap.servers", fleet.servers()), List.of(topic)).keySet()) {
        int partition = Integer.parseInt(place.replaceFirst(".*-", ""));
        first.put(new TopicPartition(topic.name(), partition), RecordsToDelete.beforeOffset(1));
      }
      admin.deleteRecords(first).all().get();
    }
  }
}
