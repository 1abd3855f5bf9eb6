package dev.lectern.schemas.serde;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** A value of the manifest topic: of a dataset or of a recording. */
public sealed interface Manifest {
  /** The name it is filed under. */
  String name();

  /** What a dataset holds. */
  record OfDataset(DatasetManifest value) implements Manifest {
    @Override
    public String name() {
      return value.getName();
    }
  }

  /** What a recording holds. */
  record OfRecording(RecordingManifest value) implements Manifest {
    @Override
    public String name() {
      return value.getName();
    }
  }

  /** Tells the two apart by the schema fingerprint that every record carries. */
  static Serde<Manifest> serde() {
    AvroSerde<DatasetManifest> dataset = new AvroSerde<>(DatasetManifest.class);
    AvroSerde<RecordingManifest> recording = new AvroSerde<>(RecordingManifest.class);
    return Serdes.serdeFrom(
        (topic, manifest) -> {
          if (manifest instanceof OfDataset d) {
            return dataset.serializer().serialize(topic, d.value());
          }
          return manifest instanceof OfRecording r
              ? recording.serializer().serialize(topic, r.value())
              : null;
        },
        (topic, bytes) -> {
          if (bytes == null) {
            return null;
          }
          return Fingerprints.isOneOf(bytes, DatasetManifest.class)
              ? new OfDataset(dataset.deserializer().deserialize(topic, bytes))
              : new OfRecording(recording.deserializer().deserialize(topic, bytes));
        });
  }
}
