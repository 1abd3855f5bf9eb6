package dev.lectern.trainer.replay;

import dev.lectern.schemas.log.Catalog;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.record.CatalogEntry;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Recordings and datasets on Kafka. Reads with assigned partitions and explicit offsets: there is
 * no consumer group, and nothing is committed.
 */
public final class KafkaSource implements RecordingSource {
  private final Map<String, Object> kafka;

  /**
   * @param kafka client settings with {@code bootstrap.servers}
   */
  public KafkaSource(Map<String, Object> kafka) {
    this.kafka = Map.copyOf(kafka);
  }

  @Override
  public ReplayedViews recordings(List<String> names) {
    return RecordingSet.open(kafka, names);
  }

  @Override
  public ReplayedViews dataset(String name) {
    return DatasetViews.open(kafka, name);
  }

  @Override
  public SortedMap<String, CatalogEntry> catalog(String dataset) {
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      return Catalog.read(kafka, manifests.requireDataset(dataset));
    }
  }

  @Override
  public PartReader parts(String dataset) {
    return new LogPartReader(kafka, dataset);
  }
}
