package dev.lectern.trainer.replay;

import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.Sha256;
import dev.lectern.schemas.view.LabelPixels;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.function.BiConsumer;

/**
 * Reads parts of views from where they were recorded; nothing is handed over that is not what
 * catalog and receipt say. One thread at a time.
 */
interface PartReader extends AutoCloseable {
  /**
   * One part, sought by itself: the View record in its serialised form, or the tensor container.
   *
   * @throws CorruptRecordingException if there is another view in the place of a view
   */
  ByteBuffer readSingly(PartLocation part);

  /**
   * Hands over every wanted part, as {@link #readSingly} gives it, in the order in which they lie.
   */
  void readInOrder(Collection<PartLocation> wanted, BiConsumer<PartLocation, ByteBuffer> sink);

  @Override
  void close();

  /**
   * Compares a view with its entry in the catalog.
   *
   * @param where the view was found, for messages
   * @param found null for nothing
   * @throws CorruptRecordingException if it is another one
   */
  static void requireView(String where, PartLocation part, View found) {
    String place = where + ", view " + part.viewId() + ": ";
    if (found == null || !found.getViewId().equals(part.viewId())) {
      throw new CorruptRecordingException(
          place + "found view " + (found == null ? "nothing" : found.getViewId()));
    }
    if (!found.getPixelsSha256().equals(part.view().getPixelsSha256())) {
      throw new CorruptRecordingException(place + "found another pixel digest than the catalog's");
    }
    if (!Sha256.of(found.getPixels()).equals(found.getPixelsSha256())) {
      throw new CorruptRecordingException(place + "its pixels do not match their digest");
    }
    if (!LabelPixels.sha256(found.getLabelMap()).equals(part.view().getLabelMapSha256())) {
      throw new CorruptRecordingException(
          place + "its label map does not match the catalog's digest");
    }
  }
}
