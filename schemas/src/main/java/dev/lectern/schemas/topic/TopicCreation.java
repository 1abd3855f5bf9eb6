package dev.lectern.schemas.topic;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;

/** Creates topics from the catalogue; topics that exist are left as they are. */
public final class TopicCreation {
  private TopicCreation() {}

  /**
   * Creates those of {@code topics} that do not exist, with the broker's default replication.
   *
   * @param partitions partitions of each new topic; a table and the topics joined with it must
   *     agree
   * @throws org.apache.kafka.common.KafkaException if the broker refuses or cannot be reached
   *     within 60 s
   */
  public static void ensure(Admin admin, Collection<? extends Topic<?, ?>> topics, int partitions)
      throws InterruptedException {
    List<NewTopic> wanted =
        topics.stream()
            .map(
                t ->
                    new NewTopic(t.name(), Optional.of(partitions), Optional.<Short>empty())
                        .configs(t.settings()))
            .toList();
    for (var result : admin.createTopics(wanted).values().entrySet()) {
      try {
        result.getValue().get(60, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw new org.apache.kafka.common.KafkaException(
              "topic " + result.getKey() + " cannot be created: " + e.getCause().getMessage(),
              e.getCause());
        }
      } catch (TimeoutException e) {
        throw new org.apache.kafka.common.errors.TimeoutException(
            "topic " + result.getKey() + " cannot be created: no answer within 60 s", e);
      }
    }
  }
}
