package dev.lectern.schemas.archive;

import dev.lectern.schemas.record.ArchivePlace;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileConstants;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * The records of one container file, view by view: of each only the bytes of its blocks are read.
 * Thread-safe.
 *
 * <p>A block is a count, a size, the records one after the other, and the file's marker of 16 bytes
 * (Avro specification, object container files).
 */
final class PlacedRecords<T extends SpecificRecord> {
  /** Blocks that follow each other are read together up to this size. */
  private static final long MOST_TOGETHER = 8 << 20;

  private final ArchiveStorage storage;
  private final String name;
  private final Class<T> type;
  private final Map<String, ArchivePlace> places;
  private Schema schema;
  private byte[] marker;

  /**
   * @param places of the file, by view id
   */
  PlacedRecords(
      ArchiveStorage storage, String name, Class<T> type, Map<String, ArchivePlace> places) {
    this.storage = storage;
    this.name = name;
    this.type = type;
    this.places = places;
  }

  /**
   * The records of a view, in order.
   *
   * @throws ArchiveException if the file has none, or not at its place
   */
  List<T> read(String viewId) {
    ArchivePlace place = place(viewId);
    return decode(viewId, bytes(place.getPosition(), place.getBytes()));
  }

  /** The records of some views, in the order of the file. */
  void read(Collection<String> viewIds, BiConsumer<String, List<T>> sink) {
    List<ArchivePlace> wanted =
        viewIds.stream()
            .map(this::place)
            .sorted(Comparator.comparingLong(ArchivePlace::getPosition))
            .toList();
    for (int first = 0; first < wanted.size(); ) {
      long start = wanted.get(first).getPosition();
      int end = first + 1;
      while (end < wanted.size()
          && wanted.get(end).getPosition() == end(wanted.get(end - 1))
          && end(wanted.get(end)) - start <= MOST_TOGETHER) {
        end++;
      }
      ByteBuffer bytes = bytes(start, end(wanted.get(end - 1)) - start);
      for (ArchivePlace place : wanted.subList(first, end)) {
        int from = (int) (place.getPosition() - start);
        sink.accept(
            place.getViewId(),
            decode(place.getViewId(), bytes.slice(from, (int) place.getBytes())));
      }
      first = end;
    }
  }

  /** Names the file in messages. */
  String file() {
    return storage.describe(name);
  }

  private static long end(ArchivePlace place) {
    return place.getPosition() + place.getBytes();
  }

  private ArchivePlace place(String viewId) {
    ArchivePlace place = places.get(viewId);
    if (place == null) {
      throw new ArchiveException(file() + ": found no place of view " + viewId);
    }
    return place;
  }

  private ByteBuffer bytes(long position, long bytes) {
    try {
      return storage.read(name, position, Math.toIntExact(bytes));
    } catch (IOException | ArithmeticException e) {
      throw new ArchiveException(file() + " cannot be read: " + e.getMessage(), e);
    }
  }

  private List<T> decode(String viewId, ByteBuffer bytes) {
    readHeader();
    List<T> records = new ArrayList<>();
    try {
      SpecificDatumReader<T> reader = new SpecificDatumReader<>(type);
      reader.setSchema(schema);
      BinaryDecoder in =
          DecoderFactory.get()
              .binaryDecoder(
                  bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining(), null);
      byte[] end = new byte[DataFileConstants.SYNC_SIZE];
      while (!in.isEnd()) {
        long count = in.readLong();
        in.readLong();
        for (long i = 0; i < count; i++) {
          records.add(reader.read(null, in));
        }
        in.readFixed(end);
        if (!Arrays.equals(end, marker)) {
          throw new IOException("found no end of a block");
        }
      }
    } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
      throw new ArchiveException(
          file() + ": the blocks of view " + viewId + " cannot be read: " + e.getMessage(), e);
    }
    return records;
  }

  /** The header ends where the first place begins. */
  private synchronized void readHeader() {
    if (schema != null) {
      return;
    }
    long size = places.values().stream().mapToLong(ArchivePlace::getPosition).min().orElseThrow();
    byte[] bytes = bytes(0, size).array();
    try (DataFileStream<T> header =
        new DataFileStream<>(new ByteArrayInputStream(bytes), new SpecificDatumReader<>(type))) {
      String codec = header.getMetaString(DataFileConstants.CODEC);
      if (codec != null && !codec.equals(DataFileConstants.NULL_CODEC)) {
        throw new ArchiveException(file() + ": found codec " + codec + ", expected none");
      }
      marker = Arrays.copyOfRange(bytes, bytes.length - DataFileConstants.SYNC_SIZE, bytes.length);
      schema = header.getSchema();
    } catch (IOException | AvroRuntimeException e) {
      throw new ArchiveException(file() + ": its header cannot be read: " + e.getMessage(), e);
    }
  }
}
