package dev.lectern.teacher.ledger;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** A record batch in the file of a running broker, to be damaged. */
public final class LogBatch {
  private static final int HEADER = 12;
  private static final int LAST_OFFSET_AT = 23;
  private static final int CHECKSUM_AT = 17;
  private static final int CHECKED_FROM = 21;

  private final Path file;
  private final long start;
  private final int size;

  private LogBatch(Path file, long start, int size) {
    this.file = file;
    this.start = start;
    this.size = size;
  }

  /** The batch that holds an offset. */
  public static LogBatch at(Path dataDir, String topic, int partition, long offset)
      throws IOException {
    Path file;
    try (Stream<Path> files = Files.walk(dataDir)) {
      file =
          files
              .filter(f -> f.endsWith(topic + "-" + partition + "/00000000000000000000.log"))
              .findFirst()
              .orElseThrow();
    }
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
      long at = 0;
      while (true) {
        log.seek(at);
        long base = log.readLong();
        int size = HEADER + log.readInt();
        log.seek(at + LAST_OFFSET_AT);
        if (offset <= base + log.readInt()) {
          return new LogBatch(file, at, size);
        }
        at += size;
      }
    }
  }

  /** Of a batch of one record, whose last byte counts its headers. */
  public LogBatch flipLastByteOfValue() throws IOException {
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "rw")) {
      log.seek(start + size - 2);
      int found = log.read();
      log.seek(start + size - 2);
      log.write(found ^ 1);
    }
    return this;
  }

  /** Makes the checksum that of the bytes. */
  LogBatch correctChecksum() throws IOException {
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "rw")) {
      byte[] batch = new byte[size];
      log.seek(start);
      log.readFully(batch);
      CRC32C crc = new CRC32C();
      crc.update(batch, CHECKED_FROM, size - CHECKED_FROM);
      log.seek(start + CHECKSUM_AT);
      log.write(ByteBuffer.allocate(Integer.BYTES).putInt(0, (int) crc.getValue()).array());
    }
    return this;
  }
}
