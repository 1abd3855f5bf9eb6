package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.IndexEntry;
import java.util.List;

/**
 * A view and where its teachers' outputs lie.
 *
 * @param outputs one entry for each recording, in the order of {@link ReplayedViews#manifests}
 */
public record ReplayedView(CatalogEntry view, List<IndexEntry> outputs) {
  /** Copies the list. */
  public ReplayedView {
    outputs = List.copyOf(outputs);
  }
}
