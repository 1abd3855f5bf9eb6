package dev.lectern.schemas.topic;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.ArrayList;
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
   * @throws UserMistakeException if a topic of recording or dataset has too few partitions, or
   *     settings under which records would not stay or fit
   */
  public static void ensure(Admin admin, String recording, String dataset)
      throws InterruptedException {
    String catalog = Topics.catalog(dataset).name();
    int partitions = TopicCreation.partitions(admin, List.of(catalog)).get(catalog);
    TopicSettings.require(admin, foundation(dataset));
    Map<String, Integer> found =
        TopicCreation.ensure(admin, Topics.ofRecording(recording), partitions);
    List<String> joined =
        List.of(
            Topics.receipts(recording).name(),
            Topics.deadLetters(recording).name(),
            Topics.index(recording).name());
    for (Map.Entry<String, Integer> topic : found.entrySet()) {
      int has = topic.getValue();
      if (joined.contains(topic.getKey()) ? has != partitions : has < partitions) {
        throw new UserMistakeException(
            "topic "
                + topic.getKey()
                + ": partitions: found "
                + has
                + ", expected "
                + partitions
                + " as "
                + catalog
                + " has; delete the topic, Lectern makes it");
      }
    }
  }

  /** What a recording rests on and does not make. */
  private static List<Topic<?, ?>> foundation(String dataset) {
    List<Topic<?, ?>> topics = new ArrayList<>(Topics.ofDataset(dataset));
    topics.add(Topics.manifests());
    return topics;
  }

  /** Settings under which the broker deletes what a recording consists of, its dataset included. */
  public static List<TopicSettings.Difference> deleting(
      Admin admin, String recording, String dataset) throws InterruptedException {
    List<Topic<?, ?>> topics = foundation(dataset);
    topics.addAll(Topics.ofRecording(recording));
    return TopicSettings.deleting(admin, topics);
  }
}
