package dev.lectern.schemas.log;

import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/** Takes a dataset with all its versions off the broker: manifests first, then the topics. */
public final class DatasetDeletion {
  private DatasetDeletion() {}

  /**
   * Deletes what there is; continues when repeated.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param dataset any of its versions
   * @throws KafkaException if the broker refuses
   */
  public static void delete(Map<String, ?> client, String dataset) throws InterruptedException {
    try (ManifestStore manifests = new ManifestStore(client);
        Admin admin = Admin.create(new HashMap<>(client))) {
      for (int version = manifests.versions(dataset).size(); version > 0; version--) {
        manifests.remove(Topics.version(dataset, version));
      }
      List<String> topics = Topics.ofDataset(dataset).stream().map(Topic::name).toList();
      RecordingDeletion.deleteTopics(admin, topics);
    } catch (ExecutionException e) {
      throw new KafkaException(
          "dataset '"
              + dataset
              + "' is only partly deleted, delete it again to go on: "
              + e.getCause().getMessage(),
          e.getCause());
    }
  }
}
