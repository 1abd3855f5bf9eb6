package dev.lectern.schemas.serde;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import org.apache.kafka.common.serialization.Serde;

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

  /**
   * Tells the two apart.
   *
   * @param recordings how those of recordings are read
   */
  static Serde<Manifest> serde(AvroSerde<RecordingManifest> recordings) {
    return new KindsSerde<Manifest>()
        .with(DatasetManifest.class, OfDataset.class, OfDataset::new, OfDataset::value)
        .with(
            RecordingManifest.class,
            recordings,
            OfRecording.class,
            OfRecording::new,
            OfRecording::value)
        .serde();
  }
}
