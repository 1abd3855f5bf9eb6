package dev.lectern.producer.publish;

import dev.lectern.producer.dataset.AnnotatedDataset;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.Catalog;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.topic.TopicCreation;
import dev.lectern.schemas.topic.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;

/** What the broker already holds of a dataset, and the topics for the rest. */
final class DatasetTopics implements AutoCloseable {
  private final String dataset;
  private final ClientSettings settings;
  private final Admin admin;
  private final ManifestStore manifests;

  private DatasetTopics(String dataset, ClientSettings settings, Admin admin) {
    this.dataset = dataset;
    this.settings = settings;
    this.admin = admin;
    this.manifests = new ManifestStore(settings.given());
  }

  /**
   * Connects to the broker.
   *
   * @throws UserMistakeException if it does not answer in time or refuses
   */
  static DatasetTopics connect(String dataset, ClientSettings settings)
      throws InterruptedException {
    String broker = "broker at " + settings.bootstrapServers();
    Admin admin;
    try {
      admin = Admin.create(settings.admin());
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new UserMistakeException(broker + " unreachable: " + cause.getMessage(), e);
    }
    try {
      admin.describeCluster().nodes().get(settings.timeoutMs(), TimeUnit.MILLISECONDS);
      return new DatasetTopics(dataset, settings, admin);
    } catch (ExecutionException | TimeoutException e) {
      admin.close(Duration.ZERO);
      Throwable cause = e.getCause();
      if (cause instanceof AuthenticationException || cause instanceof AuthorizationException) {
        throw new UserMistakeException(broker + " refuses: " + cause.getMessage(), e);
      }
      throw new UserMistakeException(
          broker + " unreachable: no answer within " + settings.timeoutMs() / 1000.0 + " s", e);
    } catch (InterruptedException e) {
      admin.close(Duration.ZERO);
      throw e;
    }
  }

  /**
   * Makes the topics that are missing.
   *
   * @param partitions of topics that are made; those that somebody made before the dataset was
   *     begun may have more
   * @throws UserMistakeException if the topics exist but do not fit each other, have fewer
   *     partitions, or settings under which records would not stay or fit
   */
  void ensure(int partitions) throws InterruptedException {
    TopicCreation.ensure(admin, List.of(Topics.manifests()), 1);
    Map<String, Integer> found = TopicCreation.ensure(admin, Topics.ofDataset(dataset), partitions);
    int views = found.get(Topics.views(dataset).name());
    int catalog = found.get(Topics.catalog(dataset).name());
    if (views != catalog) {
      throw new UserMistakeException(
          "topics of dataset "
              + dataset
              + ": found "
              + views
              + " partitions of views and "
              + catalog
              + " of the catalog, expected as many");
    }
    if (views < partitions && Topics.version(dataset) == 1 && manifest().isEmpty()) {
      throw new UserMistakeException(
          "topic "
              + Topics.views(dataset).name()
              + ": partitions: found "
              + views
              + ", expected at least "
              + partitions
              + "; give --partitions "
              + views
              + ", or delete the dataset's topics");
    }
  }

  /**
   * The last manifest of the dataset.
   *
   * @throws UserMistakeException if the name belongs to a recording
   */
  Optional<DatasetManifest> manifest() {
    if (manifests.recording(dataset).isPresent()) {
      throw new UserMistakeException(
          "name '" + dataset + "': belongs to a recording, expected a new name or a dataset's");
    }
    return manifests.dataset(dataset);
  }

  /**
   * The version before the one that the dataset's name asks for.
   *
   * @param planText of the dataset
   * @throws UserMistakeException if it does not exist, is open, or has other views or images
   */
  EarlierVersion earlier(String planText, AnnotatedDataset source) {
    int version = Topics.version(dataset);
    if (version == 1) {
      return EarlierVersion.none();
    }
    DatasetManifest before = manifests.requireDataset(Topics.version(dataset, version - 1));
    if (before.getState() != State.SEALED) {
      throw new UserMistakeException(
          "dataset "
              + before.getName()
              + ": is not published to its end yet; expected that before "
              + dataset
              + " adds images to it");
    }
    return EarlierVersion.read(settings, before, catalog(before), planText, source);
  }

  /** Writes a manifest of the dataset and waits for its acknowledgement. */
  void write(DatasetManifest manifest) throws InterruptedException {
    manifests.publish(new Manifest.OfDataset(manifest));
  }

  /**
   * The committed views by id; of a sealed dataset those that were sealed.
   *
   * @param manifest null if there is none
   */
  SortedMap<String, CatalogEntry> catalog(DatasetManifest manifest) {
    return manifest == null
        ? Catalog.readUnsealed(settings.given(), dataset)
        : Catalog.read(settings.given(), manifest);
  }

  /** Where the catalog ends now, as a sealed manifest states it. */
  Map<String, Long> ends() {
    return TopicReader.ends(settings.given(), List.of(Topics.catalog(dataset)));
  }

  @Override
  public void close() {
    manifests.close();
    admin.close();
  }
}
