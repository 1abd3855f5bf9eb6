package dev.lectern.schemas.log;

import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import java.util.Map;

/** The recorded views of a recording. */
public final class Index {
  private Index() {}

  /**
   * Reads an index: of a sealed recording exactly what was sealed, whatever lies after its end; of
   * an open one what is recorded now.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @return by view id
   * @throws CorruptRecordingException if a sealed index has another digest than its manifest states
   */
  public static IndexEntries read(Map<String, ?> client, RecordingManifest manifest) {
    try (IndexReader reader =
        new IndexReader(client, manifest.getName(), manifest.getEndOffsets())) {
      reader.refresh();
      IndexEntries entries = reader.entries();
      if (manifest.getState() == State.SEALED) {
        SealCheck.index(client, manifest, entries);
      }
      return entries;
    }
  }
}
