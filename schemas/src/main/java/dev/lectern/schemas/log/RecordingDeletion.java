package dev.lectern.schemas.log;

import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Takes a recording off the broker: manifest first, so that nobody starts to read it, then its
 * topics, and what ledger and fleet kept for it.
 *
 * <p>Going on after a failure is safe: what is gone already is passed over.
 */
public final class RecordingDeletion {
  private RecordingDeletion() {}

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @throws dev.lectern.schemas.config.UserMistakeException if there is no recording of that name
   * @throws KafkaException if the broker refuses, e.g. because a ledger is still running
   */
  public static void delete(Map<String, ?> client, String recording) throws InterruptedException {
    try (ManifestStore manifests = new ManifestStore(client)) {
      RecordingManifest manifest = manifests.requireRecording(recording);
      manifests.remove(manifest.getName());
    }
    try (Admin admin = Admin.create(new HashMap<>(client))) {
      Set<String> present = admin.listTopics().names().get();
      String ledger = Topics.ledgerGroup(recording);
      Set<String> topics = new HashSet<>();
      for (Topic<?, ?> topic : Topics.ofRecording(recording)) {
        topics.add(topic.name());
      }
      present.stream().filter(name -> name.startsWith(ledger + "-")).forEach(topics::add);
      topics.retainAll(present);
      await(admin.deleteTopics(topics).topicNameValues().values());
      await(admin.deleteConsumerGroups(List.of(ledger)).deletedGroups().values());
      // A new recording of this name must begin with the first view again.
      await(
          admin.deleteShareGroups(List.of(Topics.fleetGroup(recording))).deletedGroups().values());
    } catch (ExecutionException e) {
      throw new KafkaException(
          "recording '" + recording + "' is only partly deleted: " + e.getCause().getMessage(),
          e.getCause());
    }
  }

  private static void await(Iterable<KafkaFuture<Void>> results)
      throws InterruptedException, ExecutionException {
    List<ExecutionException> refused = new ArrayList<>();
    for (KafkaFuture<Void> result : results) {
      try {
        result.get();
      } catch (ExecutionException e) {
        boolean gone =
            e.getCause() instanceof UnknownTopicOrPartitionException
                || e.getCause() instanceof GroupIdNotFoundException;
        if (!gone) {
          refused.add(e);
        }
      }
    }
    if (!refused.isEmpty()) {
      throw refused.get(0);
    }
  }
}
