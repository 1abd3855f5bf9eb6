package dev.lectern.schemas.log;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.TopicCreation;
import dev.lectern.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/**
 * The manifests of all datasets and recordings: the last value of each name on the manifest topic.
 *
 * <p>Every question first reads what was added to the topic since the last one. Datasets and
 * recordings share one space of names. One thread at a time.
 */
public final class ManifestStore implements AutoCloseable {
  private static final Topic<String, Manifest> TOPIC = Topics.manifests();

  private final Map<String, Object> client;
  private final TopicTail<String, Manifest> tail;
  private final SortedMap<String, Manifest> manifests = new TreeMap<>();

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  public ManifestStore(Map<String, ?> client) {
    this.client = new HashMap<>(client);
    this.tail = new TopicTail<>(client, TOPIC);
  }

  /** All datasets, by name. */
  public List<DatasetManifest> datasets() {
    refresh();
    return manifests.values().stream()
        .filter(Manifest.OfDataset.class::isInstance)
        .map(m -> ((Manifest.OfDataset) m).value())
        .toList();
  }

  /** All recordings, by name. */
  public List<RecordingManifest> recordings() {
    refresh();
    return manifests.values().stream()
        .filter(Manifest.OfRecording.class::isInstance)
        .map(m -> ((Manifest.OfRecording) m).value())
        .toList();
  }

  /** A dataset, empty if there is none of that name. */
  public Optional<DatasetManifest> dataset(String name) {
    refresh();
    return manifests.get(name) instanceof Manifest.OfDataset d
        ? Optional.of(d.value())
        : Optional.empty();
  }

  /** A recording, empty if there is none of that name. */
  public Optional<RecordingManifest> recording(String name) {
    refresh();
    return manifests.get(name) instanceof Manifest.OfRecording r
        ? Optional.of(r.value())
        : Optional.empty();
  }

  /**
   * A dataset that must exist.
   *
   * @throws UserMistakeException if it does not; the message names those that do
   */
  public DatasetManifest requireDataset(String name) {
    return dataset(name)
        .orElseThrow(
            () ->
                absent(
                    "dataset", name, datasets().stream().map(DatasetManifest::getName).toList()));
  }

  /**
   * A dataset and its later versions, which share its topics, oldest first.
   *
   * @param dataset the name of any of them
   */
  public List<DatasetManifest> versions(String dataset) {
    List<DatasetManifest> versions = new ArrayList<>();
    Optional<DatasetManifest> next = dataset(Topics.firstVersion(dataset));
    while (next.isPresent()) {
      versions.add(next.get());
      next = dataset(Topics.version(dataset, versions.size() + 1));
    }
    return versions;
  }

  /**
   * A recording that must exist.
   *
   * @throws UserMistakeException if it does not; the message names those that do
   */
  public RecordingManifest requireRecording(String name) {
    return recording(name)
        .orElseThrow(
            () ->
                absent(
                    "recording",
                    name,
                    recordings().stream().map(RecordingManifest::getName).toList()));
  }

  /** Among what could not be read may be what was asked for. */
  private UserMistakeException absent(String what, String name, List<String> others) {
    List<String> unread = passedOver().first();
    return new UserMistakeException(
        what
            + " '"
            + name
            + "' does not exist; expected one of "
            + others
            + (unread.isEmpty() ? "" : "; passed over " + unread.get(0)));
  }

  /**
   * Writes a manifest and returns when the broker has it; makes the topic if there is none.
   *
   * @throws UserMistakeException if a dataset's name is taken by a recording or the other way round
   */
  public void publish(Manifest manifest) throws InterruptedException {
    refresh();
    Manifest present = manifests.get(manifest.name());
    if (present != null && present.getClass() != manifest.getClass()) {
      throw new UserMistakeException(
          "name '"
              + manifest.name()
              + "' is that of a "
              + (present instanceof Manifest.OfDataset ? "dataset" : "recording")
              + "; datasets and recordings need different names");
    }
    write(manifest.name(), manifest);
  }

  /** Removes a manifest; does nothing to the topics it describes. */
  public void remove(String name) throws InterruptedException {
    write(name, null);
  }

  private void write(String name, Manifest manifest) throws InterruptedException {
    try (Admin admin = Admin.create(client)) {
      TopicCreation.ensure(admin, List.of(TOPIC), 1);
    }
    try (KafkaProducer<String, Manifest> producer = TableProducer.of(client, TOPIC)) {
      producer.send(new ProducerRecord<>(TOPIC.name(), name, manifest)).get();
    } catch (ExecutionException e) {
      throw new KafkaException(
          "manifest of '" + name + "' cannot be written: " + e.getCause().getMessage(),
          e.getCause());
    }
  }

  /** Records of the topic that are not manifests, as far as it was read. */
  public PassedOver passedOver() {
    return tail.passedOver();
  }

  private void refresh() {
    tail.readToEnd(
        record -> {
          String name = record.requireKey();
          Manifest manifest = record.value();
          if (manifest == null) {
            manifests.remove(name);
          } else {
            manifests.put(name, manifest);
          }
        });
  }

  @Override
  public void close() {
    tail.close();
  }
}
