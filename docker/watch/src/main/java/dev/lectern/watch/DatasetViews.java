package dev.lectern.watch;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.State;
import java.util.List;
import java.util.TreeMap;

/** What is known of datasets. */
final class DatasetViews {
  private DatasetViews() {}

  static List<DatasetView> of(Observations seen) {
    return seen.datasets().stream().map(dataset -> view(dataset, seen)).toList();
  }

  private static DatasetView view(DatasetManifest d, Observations seen) {
    boolean open = d.getState() == State.OPEN;
    return new DatasetView(
        d.getName(),
        JsonText.of(d.getState()),
        d.getImages(),
        open
            ? Math.max(d.getViews(), seen.catalogued().getOrDefault(d.getName(), 0L))
            : d.getViews(),
        d.getObjects(),
        d.getViewsPerImage(),
        d.getClassNames().size(),
        d.getWidth(),
        d.getHeight(),
        new TreeMap<>(d.getSplits()),
        new TreeMap<>(d.getProblems()),
        JsonText.time(d.getUpdatedAt()));
  }
}
