package dev.lectern.schemas.topic;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/**
 * The topics of a recording, as many partitions each as the catalog of its dataset: receipts and
 * catalog entries of a view meet in one partition.
 */
public final class RecordingTopics {
  private RecordingTopics() {}

  /**
   * Creates those that do not exist.
   *
   * @throws KafkaException if the dataset has no catalog
   * @throws UserMistakeException if a topic that exists has another number of partitions
   */
  public static void ensure(Admin admin, String recording, String dataset)
      throws InterruptedException {
    String catalog = Topics.catalog(dataset).name();
    int partitions = TopicCreation.partitions(admin, List.of(catalog)).get(catalog);
    Map<String, Integer> found =
        TopicCreation.ensure(admin, Topics.ofRecording(recording), partitions);
    for (Topic<?, ?> topic :
        List.of(
            Topics.receipts(recording), Topics.deadLetters(recording), Topics.index(recording))) {
      if (found.get(topic.name()) != partitions) {
        throw new UserMistakeException(
            "topic "
                + topic.name()
                + ": found "
                + found.get(topic.name())
                + " partitions, expected "
                + partitions
                + " as "
                + catalog
                + " has");
      }
    }
  }
}
