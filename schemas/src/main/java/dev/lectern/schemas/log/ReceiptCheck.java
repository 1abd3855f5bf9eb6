package dev.lectern.schemas.log;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topics;
import java.util.EnumSet;
import java.util.Set;

/** Whether a receipt belongs to a recording and a view. */
public final class ReceiptCheck {
  private final String recording;
  private final String teacherId;
  private final Set<TensorKind> kinds = EnumSet.noneOf(TensorKind.class);

  public ReceiptCheck(RecordingManifest manifest) {
    this.recording = manifest.getName();
    this.teacherId = manifest.getTeacherId();
    for (KindEncoding encoding : manifest.getEncodings()) {
      kinds.add(encoding.getKind());
    }
  }

  /**
   * @return what is wrong, or null if the receipt is valid
   */
  public String fault(Receipt receipt, CatalogEntry view) {
    if (!receipt.getViewId().equals(view.getViewId())) {
      return "found a receipt of view " + receipt.getViewId() + " under key " + view.getViewId();
    }
    if (!receipt.getTeacherId().equals(teacherId)) {
      return "found teacher " + receipt.getTeacherId() + ", expected " + teacherId;
    }
    if (!receipt.getPixelsSha256().equals(view.getPixelsSha256())) {
      return "pixel digest differs from the catalog's";
    }
    Set<TensorKind> found = EnumSet.noneOf(TensorKind.class);
    for (PayloadLocation payload : receipt.getPayloads()) {
      String topic = Topics.tensors(recording, payload.getKind()).name();
      if (!payload.getTopic().equals(topic)) {
        return "found a payload on " + payload.getTopic() + ", expected " + topic;
      }
      if (payload.getOffsets().isEmpty() || !found.add(payload.getKind())) {
        return "payload " + payload.getKind() + " has no offsets or is listed twice";
      }
    }
    return found.equals(kinds) ? null : "found payloads " + found + ", expected " + kinds;
  }
}
