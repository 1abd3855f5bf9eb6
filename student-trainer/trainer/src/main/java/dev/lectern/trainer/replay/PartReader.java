package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.AvroSerde;
import dev.lectern.schemas.serde.CorruptRecordException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads parts of views from the log: chunks are put together, and nothing is handed over that is
 * not what catalog and receipt say. One thread at a time.
 */
final class PartReader implements AutoCloseable {
  private final LogReader log;
  private final AvroSerde<View> views = new AvroSerde<>(View.class);
  private final AvroSerde<TeacherTensors> tensors = new AvroSerde<>(TeacherTensors.class);

  private PartReader(LogReader log) {
    this.log = log;
  }

  static PartReader sequential(Map<String, Object> kafka) {
    return new PartReader(LogReader.sequential(kafka));
  }

  static PartReader random(Map<String, Object> kafka) {
    return new PartReader(LogReader.random(kafka));
  }

  /**
   * Hands over every wanted part: the View record as it was written, or the whole tensor container.
   *
   * @throws CorruptRecordingException if the log holds something else at a part's coordinates; the
   *     message names the record and the view
   */
  void read(Collection<PartLocation> wanted, BiConsumer<PartLocation, ByteBuffer> sink) {
    Map<Coordinate, Assembly> places = new HashMap<>();
    for (PartLocation part : wanted) {
      Assembly assembly = new Assembly(part);
      for (Coordinate chunk : part.chunks()) {
        places.put(chunk, assembly);
      }
    }
    log.read(
        places.keySet(),
        (coordinate, record) -> {
          Assembly assembly = places.remove(coordinate);
          try {
            if (assembly.part.part() == Part.VIEW) {
              sink.accept(assembly.part, checkedView(assembly.part, record));
            } else if (assembly.add(
                coordinate, tensors.deserializer().deserialize(record.topic(), record.value()))) {
              sink.accept(assembly.part, assembly.checkedPayload());
            }
          } catch (CorruptRecordException e) {
            throw corrupt(assembly.part, coordinate, e.getMessage(), e);
          }
        });
  }

  private ByteBuffer checkedView(PartLocation part, ConsumerRecord<byte[], byte[]> record) {
    Coordinate at = part.chunks().get(0);
    View view = views.deserializer().deserialize(record.topic(), record.value());
    if (view == null || !view.getViewId().equals(part.viewId())) {
      throw corrupt(part, at, "found view " + (view == null ? "nothing" : view.getViewId()), null);
    }
    if (!view.getPixelsSha256().equals(part.view().getPixelsSha256())) {
      throw corrupt(part, at, "found pixels with another digest than the catalog's", null);
    }
    var digest = PartLocation.sha256();
    digest.update(view.getPixels().duplicate());
    if (!ByteBuffer.wrap(digest.digest()).equals(view.getPixelsSha256())) {
      throw corrupt(part, at, "found pixels that do not match their own digest", null);
    }
    return ByteBuffer.wrap(record.value());
  }

  private static CorruptRecordingException corrupt(
      PartLocation part, Coordinate at, String found, Exception cause) {
    return new CorruptRecordingException(
        at + ", view " + part.viewId() + ", " + part.part() + ": " + found, cause);
  }

  @Override
  public void close() {
    log.close();
  }

  /** Chunks of a payload, as they come. */
  private static final class Assembly {
    private final PartLocation part;
    private final ByteBuffer[] chunks;
    private int missing;

    Assembly(PartLocation part) {
      this.part = part;
      this.chunks = new ByteBuffer[part.chunks().size()];
      this.missing = chunks.length;
    }

    /** Takes a chunk; true when the payload is whole. */
    boolean add(Coordinate at, TeacherTensors record) {
      int chunk = part.chunks().indexOf(at);
      require(at, record != null, "found an empty record");
      require(at, record.getViewId().equals(part.viewId()), "found view " + record.getViewId());
      require(
          at,
          record.getKind() == part.payload().getKind(),
          "found outputs of kind " + record.getKind());
      require(
          at,
          Objects.equals(record.getTeacherId(), part.receipt().getTeacherId()),
          "found outputs of teacher "
              + record.getTeacherId()
              + ", expected "
              + part.receipt().getTeacherId());
      require(
          at,
          record.getAttemptId() == part.receipt().getAttemptId(),
          "found another attempt than the receipt's");
      require(
          at,
          record.getPixelsSha256().equals(part.view().getPixelsSha256()),
          "the teacher saw other pixels than the view's");
      require(
          at,
          record.getChunk() == chunk && record.getChunks() == chunks.length,
          "found chunk "
              + record.getChunk()
              + " of "
              + record.getChunks()
              + ", expected "
              + chunk
              + " of "
              + chunks.length);
      chunks[chunk] = record.getPayload();
      return --missing == 0;
    }

    ByteBuffer checkedPayload() {
      Coordinate at = part.chunks().get(0);
      long size = 0;
      for (ByteBuffer chunk : chunks) {
        size += chunk.remaining();
      }
      require(
          at,
          size == part.payload().getSize(),
          "found " + size + " payload bytes, expected " + part.payload().getSize());
      ByteBuffer whole = chunks[0].duplicate();
      if (chunks.length > 1) {
        whole = ByteBuffer.allocate(Math.toIntExact(size));
        for (ByteBuffer chunk : chunks) {
          whole.put(chunk.duplicate());
        }
        whole.flip();
      }
      CRC32C crc = new CRC32C();
      crc.update(whole.duplicate());
      require(
          at,
          (int) crc.getValue() == part.payload().getCrc32c(),
          "the payload's checksum differs from the receipt's");
      return whole;
    }

    private void require(Coordinate at, boolean condition, String found) {
      if (!condition) {
        throw corrupt(part, at, found, null);
      }
    }
  }
}
