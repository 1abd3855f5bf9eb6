package dev.lectern.schemas.log;

import dev.lectern.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Takes a recording off the broker: manifest first, so that no reader starts, then its topics, and
 * what ledger and fleet kept for it.
 *
 * <p>A deletion that failed half-way continues when repeated: missing parts are skipped.
 */
public final class RecordingDeletion {
  private static final long GONE_SECONDS = 60;

  private RecordingDeletion() {}

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @throws dev.lectern.schemas.config.UserMistakeException if there is nothing of a recording of
   *     that name
   * @throws KafkaException if the broker refuses, e.g. because a ledger is still running
   */
  public static void delete(Map<String, ?> client, String recording) throws InterruptedException {
    String ledger = Topics.ledgerGroup(recording);
    String fleet = Topics.fleetGroup(recording);
    try (ManifestStore manifests = new ManifestStore(client);
        Admin admin = Admin.create(new HashMap<>(client))) {
      Set<String> topics = topics(admin, recording);
      if (topics.isEmpty() && Collections.disjoint(groups(admin), Set.of(ledger, fleet))) {
        manifests.requireRecording(recording);
      }
      if (manifests.recording(recording).isPresent()) {
        manifests.remove(recording);
      }
      deleteTopics(admin, topics);
      await(admin.deleteConsumerGroups(List.of(ledger)).deletedGroups().values());
      // A new recording of this name must begin with the first view again.
      await(admin.deleteShareGroups(List.of(fleet)).deletedGroups().values());
    } catch (ExecutionException e) {
      throw new KafkaException(
          "recording '"
              + recording
              + "' is only partly deleted, delete it again to go on: "
              + e.getCause().getMessage(),
          e.getCause());
    }
  }

  /** Those of the recording and of its ledger that exist. */
  private static Set<String> topics(Admin admin, String recording)
      throws ExecutionException, InterruptedException {
    Set<String> own = new HashSet<>();
    Topics.ofRecording(recording).forEach(topic -> own.add(topic.name()));
    String ofLedger = Topics.ledgerGroup(recording) + "-";
    return admin.listTopics().names().get().stream()
        .filter(name -> own.contains(name) || name.startsWith(ofLedger))
        .collect(Collectors.toSet());
  }

  private static Set<String> groups(Admin admin) throws ExecutionException, InterruptedException {
    return admin.listGroups().all().get().stream()
        .map(GroupListing::groupId)
        .collect(Collectors.toSet());
  }

  /**
   * Deletes those of the topics that exist, and returns when the broker knows none of them: one
   * that is made anew at once would for a moment be the old one to its readers.
   */
  static void deleteTopics(Admin admin, Collection<String> topics)
      throws InterruptedException, ExecutionException {
    await(admin.deleteTopics(topics).topicNameValues().values());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(GONE_SECONDS);
    while (!Collections.disjoint(admin.listTopics().names().get(), topics)) {
      if (System.nanoTime() >= deadline) {
        throw new TimeoutException(
            "topics "
                + topics
                + " still exist "
                + GONE_SECONDS
                + " s after their deletion; give the command again");
      }
      Thread.sleep(50);
    }
  }

  static void await(Iterable<KafkaFuture<Void>> results)
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
