package dev.lectern.schemas.topic;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The topics of a recording, as many partitions each as the catalog of its dataset: receipts and
 * catalog entries of a view meet in one partition.
 */
public final class RecordingTopics {
  private RecordingTopics() {}

  /**
   * Creates those that do not exist.
   *
   * @throws KafkaException if the dataset has no catalog, or a topic that exists has another number
   *     of partitions
   */
  public static void ensure(Admin admin, String recording, String dataset)
      throws InterruptedException {
    String catalog = Topics.catalog(dataset).name();
    int partitions = partitions(admin, List.of(catalog)).get(catalog);
    List<Topic<?, ?>> topics = Topics.ofRecording(recording);
    TopicCreation.ensure(admin, topics, partitions);
    partitions(
            admin,
            List.of(
                Topics.receipts(recording).name(),
                Topics.deadLetters(recording).name(),
                Topics.index(recording).name()))
        .forEach(
            (topic, found) -> {
              if (found != partitions) {
                throw new KafkaException(
                    "topic "
                        + topic
                        + ": found "
                        + found
                        + " partitions, expected "
                        + partitions
                        + " as "
                        + catalog
                        + " has");
              }
            });
  }

  private static Map<String, Integer> partitions(Admin admin, List<String> topics)
      throws InterruptedException {
    Map<String, Integer> partitions = new TreeMap<>();
    // A broker may not know for a moment what its controller has just created.
    for (int attempt = 0; ; attempt++) {
      try {
        for (TopicDescription topic : admin.describeTopics(topics).allTopicNames().get().values()) {
          partitions.put(topic.name(), topic.partitions().size());
        }
        return partitions;
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException) || attempt == 20) {
          throw new KafkaException(
              "topics " + topics + " cannot be described: " + e.getCause().getMessage(),
              e.getCause());
        }
        Thread.sleep(100);
      }
    }
  }
}
