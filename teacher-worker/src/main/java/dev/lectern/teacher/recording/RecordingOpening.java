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
import dev.lectern.schemas.topic.RecordingTopics;
import dev.lectern.teacher.model.Teacher;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;

/**
 * Makes a recording, or joins it: the first worker writes the manifest, every other one must be
 * about to write the same.
 */
final class RecordingOpening {
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

  /** How a recording that was begun stores its kinds; empty where there is none. */
  List<KindEncoding> begun(String recording) {
    return manifests.recording(recording).map(RecordingManifest::getEncodings).orElse(List.of());
  }

  /**
   * Whether a recording is sealed with this teacher, dataset and encoding: there is nothing left to
   * do.
   */
  boolean isSealed(
      String recording, DatasetManifest dataset, Teacher teacher, List<KindEncoding> encodings) {
    return manifests
        .recording(recording)
        .filter(present -> present.getState() == State.SEALED)
        .filter(
            present ->
                differences(present, wanted(recording, dataset, teacher, encodings)).isEmpty())
        .isPresent();
  }

  /**
   * Makes topics and manifest where they are missing.
   *
   * @param choice how the encodings were chosen, for a new manifest
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
    RecordingManifest wanted = wanted(recording, dataset, teacher, encodings);
    wanted.setEncodingChoice(choice);
    Optional<RecordingManifest> present = manifests.recording(recording);
    if (present.isPresent()) {
      requireEqual(present.get(), wanted);
    }
    RecordingTopics.ensure(admin, recording, dataset.getName());
    if (present.isEmpty()) {
      manifests.publish(new Manifest.OfRecording(wanted));
      // Two first workers may have written at once; the last one counts for both.
      requireEqual(manifests.requireRecording(recording), wanted);
    }
  }

  private static RecordingManifest wanted(
      String recording, DatasetManifest dataset, Teacher teacher, List<KindEncoding> encodings) {
    return RecordingManifest.newBuilder()
        .setName(recording)
        .setState(State.OPEN)
        .setDataset(dataset.getName())
        .setTeacherId(teacher.id())
        .setDescriptor(teacher.descriptor())
        .setEncodings(encodings)
        .setCreatedAt(System.currentTimeMillis())
        .build();
  }

  private static void requireEqual(RecordingManifest present, RecordingManifest wanted) {
    if (present.getState() == State.SEALED) {
      throw new UserMistakeException(
          "recording '"
              + present.getName()
              + "' is sealed; expected a new name, or delete the recording first");
    }
    List<String> differences = differences(present, wanted);
    if (!differences.isEmpty()) {
      throw new UserMistakeException(
          "recording '"
              + present.getName()
              + "' was begun differently: "
              + String.join("; ", differences));
    }
  }

  private static List<String> differences(RecordingManifest present, RecordingManifest wanted) {
    List<String> differences = new ArrayList<>();
    compare(differences, "dataset", present.getDataset(), wanted.getDataset());
    compare(differences, "teacher", present.getTeacherId(), wanted.getTeacherId());
    compare(differences, "encodings", text(present.getEncodings()), text(wanted.getEncodings()));
    return differences;
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
}
