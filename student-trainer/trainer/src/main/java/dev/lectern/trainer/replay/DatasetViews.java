package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.Catalog;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.errors.TimeoutException;

/** The views of a sealed dataset, without any teacher: images and their ground truth. */
public final class DatasetViews implements ReplayedViews {
  private final DatasetManifest dataset;
  private final Map<String, SortedMap<String, ReplayedView>> bySplit = new TreeMap<>();

  /**
   * @param catalog its views, by id
   */
  DatasetViews(DatasetManifest dataset, SortedMap<String, CatalogEntry> catalog) {
    this.dataset = dataset;
    catalog.forEach(
        (viewId, view) ->
            bySplit
                .computeIfAbsent(view.getSplit(), split -> new TreeMap<>())
                .put(viewId, new ReplayedView(view, List.of())));
  }

  /**
   * Reads the catalog of a dataset.
   *
   * @param kafka client settings with {@code bootstrap.servers}
   * @throws UserMistakeException if there is no such dataset, it is still being published, or no
   *     broker answers
   */
  public static DatasetViews open(Map<String, Object> kafka, String name) {
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      DatasetManifest dataset = manifests.requireDataset(name);
      if (dataset.getState() != State.SEALED) {
        throw new UserMistakeException(
            "dataset '"
                + name
                + "' is still being published, expected a sealed one: wait until lectern publish"
                + " has ended, or give that command again");
      }
      return new DatasetViews(dataset, Catalog.read(kafka, dataset));
    } catch (TimeoutException e) {
      throw new UserMistakeException(
          "no Kafka broker answers at " + kafka.get("bootstrap.servers"), e);
    }
  }

  @Override
  public List<RecordingManifest> manifests() {
    return List.of();
  }

  @Override
  public DatasetManifest dataset() {
    return dataset;
  }

  @Override
  public boolean isSealed() {
    return true;
  }

  @Override
  public SortedMap<String, ReplayedView> views(String split) {
    return bySplit.getOrDefault(split, new TreeMap<>());
  }

  @Override
  public void await(String split, int count) {}

  @Override
  public void stopWaiting() {}

  @Override
  public String called() {
    return "dataset '" + dataset.getName() + "'";
  }

  @Override
  public void close() {}
}
