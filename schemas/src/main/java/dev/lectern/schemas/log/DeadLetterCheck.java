package dev.lectern.schemas.log;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.topic.Topics;

/**
 * Whether a dead letter tells of a view: it must name the record that the catalog names.
 *
 * <p>Anybody who may write to the topic of views can send a record under a real view's key. A
 * worker gives that record up, and the view itself is still to be recorded.
 */
public final class DeadLetterCheck {
  private final String views;

  /**
   * @param dataset its name
   */
  public DeadLetterCheck(String dataset) {
    this.views = Topics.views(dataset).name();
  }

  public boolean isOf(DeadLetter letter, CatalogEntry view) {
    return letter.getTopic().equals(views)
        && letter.getPartition() == view.getPartition()
        && letter.getOffset() == view.getOffset();
  }
}
