package dev.lectern.schemas.log;

import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A payload as the records that carry it: one up to 4 MB, pieces of 1 MB above. */
public final class PayloadChunks {
  private PayloadChunks() {}

  /**
   * The records of a payload, in order; their payloads are windows on the whole one.
   *
   * @param whole the payload in one record
   */
  public static List<TeacherTensors> of(TeacherTensors whole) {
    ByteBuffer payload = whole.getPayload();
    int size = payload.remaining();
    if (size <= Topics.MAX_WHOLE_PAYLOAD_BYTES) {
      return List.of(whole);
    }
    int chunks = (size + Topics.CHUNK_BYTES - 1) / Topics.CHUNK_BYTES;
    List<TeacherTensors> pieces = new ArrayList<>(chunks);
    for (int chunk = 0; chunk < chunks; chunk++) {
      int from = chunk * Topics.CHUNK_BYTES;
      int length = Math.min(Topics.CHUNK_BYTES, size - from);
      pieces.add(
          new TeacherTensors(
              whole.getViewId(),
              whole.getTeacherId(),
              whole.getKind(),
              whole.getPixelsSha256(),
              whole.getAttemptId(),
              chunk,
              chunks,
              whole.getPayloadBytes(),
              whole.getPayloadCrc32c(),
              payload.slice(payload.position() + from, length)));
    }
    return pieces;
  }
}
