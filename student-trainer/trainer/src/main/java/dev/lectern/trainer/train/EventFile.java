package dev.lectern.trainer.train;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A file that TensorBoard reads: TFRecords, each a protocol buffer {@code tensorflow.Event}.
 *
 * <pre>
 *   record = length (8, little-endian), masked CRC32C of these 8 bytes (4), event, masked CRC32C of it (4)
 *   masked = ((crc >>> 15) | (crc << 17)) + 0xa282ead8
 *   Event        wall_time = 1 (double), step = 2, file_version = 3, summary = 5, session_log = 7
 *   Summary      value = 1;  Value: tag = 1, simple_value = 2 (float)
 *   SessionLog   status = 1 (START = 1)
 * </pre>
 *
 * <p>Formats: TensorFlow's {@code record_writer.h}, {@code event.proto} and {@code summary.proto}.
 */
final class EventFile {
  private static final String VERSION = "brain.Event:2";
  private static final int CRC_MASK = 0xa282ead8;

  /** How a field's value is written, the low three bits of its key. */
  private static final int VARINT = 0;

  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final Path file;

  private EventFile(Path file) {
    this.file = file;
  }

  /**
   * Begins a file.
   *
   * @param file is not there yet
   * @param seconds now, since 1970
   */
  static EventFile create(Path file, double seconds) throws IOException {
    Files.createFile(file);
    EventFile events = new EventFile(file);
    events.write(seconds, 0, new Message().text(3, VERSION));
    return events;
  }

  /**
   * Says that a run begins with a step: readers drop what other files have of it and later ones.
   */
  void started(double seconds, long step) throws IOException {
    write(seconds, step, new Message().message(7, new Message().whole(1, 1)));
  }

  /** Numbers of a step, by tag. */
  void numbers(double seconds, long step, Map<String, Double> numbers) throws IOException {
    Message summary = new Message();
    numbers.forEach(
        (tag, number) ->
            summary.message(1, new Message().text(1, tag).number(2, number.floatValue())));
    write(seconds, step, new Message().message(5, summary));
  }

  private void write(double seconds, long step, Message what) throws IOException {
    Message event = new Message().number(1, seconds);
    if (step != 0) {
      event.whole(2, step);
    }
    byte[] bytes = event.append(what).bytes();
    ByteBuffer record =
        ByteBuffer.allocate(bytes.length + 16).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes.length);
    record.putInt(maskedCrc(record.array(), 0, 8)).put(bytes);
    record.putInt(maskedCrc(record.array(), 12, bytes.length));
    Files.write(file, record.array(), StandardOpenOption.APPEND);
  }

  private static int maskedCrc(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + CRC_MASK;
  }

  /** A protocol buffer in the making; fields in ascending order of their numbers. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message whole(int field, long value) {
      varint(field << 3 | VARINT);
      varint(value);
      return this;
    }

    Message number(int field, double value) {
      varint(field << 3 | FIXED64);
      fixed(Double.doubleToLongBits(value), Double.BYTES);
      return this;
    }

    Message number(int field, float value) {
      varint(field << 3 | FIXED32);
      fixed(Float.floatToIntBits(value), Float.BYTES);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.bytes());
    }

    Message append(Message fields) {
      out.writeBytes(fields.bytes());
      return this;
    }

    byte[] bytes() {
      return out.toByteArray();
    }

    private Message bytes(int field, byte[] value) {
      varint(field << 3 | BYTES);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    private void varint(long value) {
      long left = value;
      while ((left & ~0x7FL) != 0) {
        out.write((int) (left & 0x7F | 0x80));
        left >>>= 7;
      }
      out.write((int) left);
    }

    private void fixed(long bits, int bytes) {
      for (int i = 0; i < bytes; i++) {
        out.write((int) (bits >>> 8 * i));
      }
    }
  }
}
