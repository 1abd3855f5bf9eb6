package dev.lectern.schemas.archive;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.View;

/** What of an archive makes a dataset. */
interface ViewArchive {
  DatasetManifest dataset();

  /** Whether it holds pixels and ground truth of the dataset. */
  boolean hasViews();

  /** Its views, in log order. */
  ContainerReader<View> views();
}
