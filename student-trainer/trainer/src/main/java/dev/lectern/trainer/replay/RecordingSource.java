package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.CatalogEntry;
import java.util.List;
import java.util.SortedMap;

/** Where recordings and datasets are read from: a broker, or archives. */
public interface RecordingSource {
  /**
   * Loads what recordings of one dataset hold now.
   *
   * @param names each once
   * @throws UserMistakeException if one does not exist, they are of different datasets, or no
   *     broker answers
   */
  ReplayedViews recordings(List<String> names);

  /**
   * Loads the views of a sealed dataset, without any teacher.
   *
   * @throws UserMistakeException if there is no such dataset, it is not sealed, or no broker
   *     answers
   */
  ReplayedViews dataset(String name);

  /** Every view of a dataset by id, recorded or not: of an open one those published so far. */
  SortedMap<String, CatalogEntry> catalog(String dataset);

  /** A reader of the views of a dataset and of what was recorded of them. */
  PartReader parts(String dataset);
}
