package dev.lectern.schemas.topic;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Creates topics from the catalogue; topics that exist must have its settings. */
public final class TopicCreation {
  private static final long TIMEOUT_SECONDS = 60;
  private static final long APPEARS_SECONDS = 10;

  private TopicCreation() {}

  /**
   * Creates those of {@code topics} that do not exist, with the broker's default replication, and
   * returns when the leader of each partition serves it.
   *
   * <p>The controller answers before the brokers have opened the partitions. Of two batches sent to
   * one in between, its leader may refuse the first and take the second; brokers before Kafka 4.5
   * then refuse the first however often it is repeated, until it expires (KAFKA-15591).
   *
   * @param partitions partitions of each new topic; a table and the topics joined with it must
   *     agree
   * @return partitions that each topic has, by its name
   * @throws UserMistakeException if a topic that exists has settings under which records would not
   *     stay or fit
   * @throws KafkaException if the broker refuses or cannot be reached within 60 s
   */
  public static Map<String, Integer> ensure(
      Admin admin, Collection<? extends Topic<?, ?>> topics, int partitions)
      throws InterruptedException {
    List<NewTopic> wanted =
        topics.stream()
            .map(
                t ->
                    new NewTopic(t.name(), Optional.of(partitions), Optional.<Short>empty())
                        .configs(t.settings()))
            .toList();
    for (var topic : admin.createTopics(wanted).values().entrySet()) {
      try {
        await(topic.getValue(), "topic " + topic.getKey() + " cannot be created");
      } catch (KafkaException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
      }
    }
    List<String> names = topics.stream().map(Topic::name).toList();
    Map<String, Integer> found = partitions(admin, names);
    awaitLeaders(admin, found);
    TopicSettings.require(admin, topics);
    return found;
  }

  /**
   * The number of partitions of topics, by name; a topic that was just made takes a moment to reach
   * every broker.
   *
   * @throws KafkaException if there is no such topic within 10 s, or no answer within 60 s
   */
  public static Map<String, Integer> partitions(Admin admin, Collection<String> topics)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(APPEARS_SECONDS);
    while (true) {
      try {
        Map<String, Integer> partitions = new TreeMap<>();
        for (TopicDescription topic :
            await(
                    admin.describeTopics(topics).allTopicNames(),
                    "topics " + topics + " cannot be described")
                .values()) {
          partitions.put(topic.name(), topic.partitions().size());
        }
        return partitions;
      } catch (KafkaException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)
            || System.nanoTime() >= deadline) {
          throw e;
        }
        Thread.sleep(100);
      }
    }
  }

  /** The id of a topic, which no other topic ever has; empty if there is no such topic. */
  public static Optional<Uuid> id(Admin admin, String topic) throws InterruptedException {
    try {
      return Optional.of(
          await(
                  admin.describeTopics(List.of(topic)).allTopicNames(),
                  "topic " + topic + " cannot be described")
              .get(topic)
              .topicId());
    } catch (KafkaException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** An answer about a partition's end is the leader's own; the client asks until there is one. */
  private static void awaitLeaders(Admin admin, Map<String, Integer> topics)
      throws InterruptedException {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    topics.forEach(
        (topic, partitions) -> {
          for (int partition = 0; partition < partitions; partition++) {
            ends.put(new TopicPartition(topic, partition), OffsetSpec.latest());
          }
        });
    await(admin.listOffsets(ends).all(), "topics " + topics.keySet() + " have no leaders");
  }

  private static <T> T await(KafkaFuture<T> answer, String failure) throws InterruptedException {
    try {
      return answer.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new KafkaException(failure + ": " + e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new org.apache.kafka.common.errors.TimeoutException(
          failure + ": no answer within " + TIMEOUT_SECONDS + " s", e);
    }
  }
}
