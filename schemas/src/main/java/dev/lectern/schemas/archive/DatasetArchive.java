package dev.lectern.schemas.archive;

import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.AvroLimits;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * A dataset in a folder, without a recording of it: its manifest, and those of its views that no
 * earlier version has.
 */
final class DatasetArchive implements ViewArchive {
  static {
    // A reader looks at what it may instantiate when it is made.
    AvroLimits.apply();
  }

  private final ArchiveStorage storage;
  private final ArchiveSums sums;
  private final DatasetManifest dataset;

  private DatasetArchive(ArchiveStorage storage) {
    this.storage = storage;
    this.sums = ArchiveSums.read(storage);
    try (ContainerReader<DatasetManifest> in = read(ArchiveFiles.DATASET, DatasetManifest.class)) {
      this.dataset = in.single();
    }
  }

  static DatasetArchive open(Path folder) {
    return new DatasetArchive(new FolderStorage(folder));
  }

  /**
   * Writes one.
   *
   * @param client Kafka client properties
   * @param own views that no earlier version has
   */
  static void write(
      Map<String, Object> client,
      DatasetManifest dataset,
      Collection<CatalogEntry> own,
      Path folder,
      Progress.Factory progress) {
    long bytes = own.stream().mapToLong(CatalogEntry::getPixelBytes).sum();
    ArchiveWriter.write(
        folder,
        bytes,
        files -> {
          files.records(ArchiveFiles.DATASET, DatasetManifest.class, List.of(dataset));
          files.views(client, dataset.getName(), own, progress);
        });
  }

  private <T extends SpecificRecord> ContainerReader<T> read(String name, Class<T> type) {
    return ContainerReader.open(storage, name, new SpecificDatumReader<>(type), sums.of(name));
  }

  @Override
  public DatasetManifest dataset() {
    return dataset;
  }

  @Override
  public boolean hasViews() {
    return true;
  }

  @Override
  public ContainerReader<View> views() {
    return read(ArchiveFiles.VIEWS, View.class);
  }
}
