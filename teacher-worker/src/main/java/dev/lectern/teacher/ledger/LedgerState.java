package dev.lectern.teacher.ledger;

import dev.lectern.schemas.topic.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.utils.Utils;

/** What the ledgers of one recording keep on this machine, beside what the broker has. */
public final class LedgerState {
  private LedgerState() {}

  /**
   * The folder of a recording; empty if this machine has none, or the broker no such recording.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param base the ledgers' {@code state-dir}
   */
  public static Optional<Path> find(Map<String, Object> client, String recording, Path base)
      throws InterruptedException {
    String receipts = Topics.receipts(recording).name();
    try (Admin admin = Admin.create(client)) {
      Uuid id =
          admin.describeTopics(List.of(receipts)).allTopicNames().get().get(receipts).topicId();
      return Optional.of(folder(base, recording, id)).filter(Files::isDirectory);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw new KafkaException(
          "topic " + receipts + " cannot be described: " + e.getCause().getMessage(), e.getCause());
    }
  }

  /** The id of the receipts topic is part of its name: no other topic ever has it. */
  static Path folder(Path base, String recording, Uuid receiptsTopic) {
    return base.resolve(recording + "-" + receiptsTopic);
  }

  /** Deletes the folder of a recording that is no more. */
  public static void delete(Path folder) {
    try {
      Utils.delete(folder.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException("state directory " + folder + " cannot be deleted", e);
    }
  }
}
