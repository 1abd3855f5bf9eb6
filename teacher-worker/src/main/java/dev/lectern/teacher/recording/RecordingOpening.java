package dev.lectern.teacher.recording;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.EncodingText;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.topic.TopicCreation;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.teacher.model.Teacher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Makes a recording, or joins it: the first worker writes the manifest, every other one must be
 * about to write the same.
 */
final class RecordingOpening {
  private static final Duration TOPIC_APPEARS = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final Admin admin;
  private final ManifestStore manifests;

  RecordingOpening(Admin admin, ManifestStore manifests) {
    this.admin = admin;
    this.manifests = manifests;
  }

  /**
   * The dataset, checked against the teacher.
   *
   * @throws UserMistakeException if it does not exist or its views are not the teacher's input
   */
  DatasetManifest dataset(String name, TeacherDescriptor descriptor) {
    DatasetManifest dataset = manifests.requireDataset(name);
    if (dataset.getWidth() != descriptor.getInputWidth()
        || dataset.getHeight() != descriptor.getInputHeight()) {
      throw new UserMistakeException(
          "dataset '"
              + name
              + "' has views of "
              + dataset.getWidth()
              + "x"
              + dataset.getHeight()
              + ", teacher '"
              + descriptor.getName()
              + "' expects "
              + descriptor.getInputWidth()
              + "x"
              + descriptor.getInputHeight());
    }
    return dataset;
  }

  /**
   * Makes topics and manifest where they are missing.
   *
   * @param choice what a new manifest says of how the encodings were chosen
   * @throws UserMistakeException if the recording is sealed, or was begun with another teacher,
   *     dataset or encoding
   */
  void open(
      String recording,
      DatasetManifest dataset,
      Teacher teacher,
      List<KindEncoding> encodings,
      String choice)
      throws InterruptedException {
    RecordingManifest wanted =
        new RecordingManifest(
            recording,
            State.OPEN,
            dataset.getName(),
            teacher.id(),
            teacher.descriptor(),
            encodings,
            0L,
            0L,
            0L,
            Map.of(),
            Map.of(),
            "",
            System.currentTimeMillis(),
            0L,
            choice);
    Optional<RecordingManifest> present = manifests.recording(recording);
    if (present.isPresent()) {
      requireEqual(present.get(), wanted);
    }
    makeTopics(recording, dataset.getName());
    if (present.isEmpty()) {
      manifests.publish(new Manifest.OfRecording(wanted));
      // Two first workers may have written at once; the last one counts for both.
      requireEqual(manifests.requireRecording(recording), wanted);
    }
  }

  private static void requireEqual(RecordingManifest present, RecordingManifest wanted) {
    if (present.getState() == State.SEALED) {
      throw new UserMistakeException(
          "recording '"
              + present.getName()
              + "' is sealed; expected a new name, or delete the recording first");
    }
    List<String> differences = new ArrayList<>();
    compare(differences, "dataset", present.getDataset(), wanted.getDataset());
    compare(differences, "teacher", present.getTeacherId(), wanted.getTeacherId());
    compare(differences, "encodings", text(present.getEncodings()), text(wanted.getEncodings()));
    if (!differences.isEmpty()) {
      throw new UserMistakeException(
          "recording '"
              + present.getName()
              + "' was begun differently: "
              + String.join("; ", differences));
    }
  }

  private static void compare(
      List<String> differences, String what, String present, String wanted) {
    if (!present.equals(wanted)) {
      differences.add(what + " " + present + ", this worker has " + wanted);
    }
  }

  private static String text(List<KindEncoding> encodings) {
    return encodings.stream().map(e -> e.getKind() + " " + EncodingText.of(e)).toList().toString();
  }

  /** As many partitions as the catalog has: the ledger joins the two. */
  private void makeTopics(String recording, String dataset) throws InterruptedException {
    int partitions = partitions(Topics.catalog(dataset).name());
    TopicCreation.ensure(admin, Topics.ofRecording(recording), partitions);
    String receipts = Topics.receipts(recording).name();
    int found = partitions(receipts);
    if (found != partitions) {
      throw new UserMistakeException(
          "topic "
              + receipts
              + ": found "
              + found
              + " partitions, expected the "
              + partitions
              + " of "
              + Topics.catalog(dataset).name());
    }
  }

  /** A topic that was just made takes a moment to reach every broker. */
  private int partitions(String topic) throws InterruptedException {
    long deadline = System.nanoTime() + TOPIC_APPEARS.toNanos();
    while (true) {
      try {
        TopicDescription description =
            admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        return description.partitions().size();
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)
            || System.nanoTime() >= deadline) {
          throw new KafkaException(
              "topic " + topic + " cannot be described: " + e.getCause().getMessage(),
              e.getCause());
        }
        Thread.sleep(PAUSE.toMillis());
      }
    }
  }
}
