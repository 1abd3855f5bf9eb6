package dev.lectern.schemas.archive;

import dev.lectern.schemas.serde.AvroLimits;
import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.DigestInputStream;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.io.DatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * Reads one Avro container file from beginning to end; the end is reached only if the file has the
 * SHA-256 that the archive states. Files with an older schema of the record are read as well.
 */
final class ContainerReader<T extends SpecificRecord> implements AutoCloseable {
  static {
    AvroLimits.apply();
  }

  private final String file;
  private final String sha256;
  private final DigestInputStream digest;
  private final DataFileStream<T> records;
  private boolean ended;

  private ContainerReader(
      String file, String sha256, DigestInputStream digest, DataFileStream<T> records) {
    this.file = file;
    this.sha256 = sha256;
    this.digest = digest;
    this.records = records;
  }

  /**
   * @param reader of its records
   * @param sha256 that the file must have, hex
   * @throws ArchiveException if the file is not an Avro container file
   */
  static <T extends SpecificRecord> ContainerReader<T> open(
      ArchiveStorage storage, String name, DatumReader<T> reader, String sha256) {
    String file = storage.describe(name);
    try {
      InputStream in = storage.open(name);
      DigestInputStream digest = new DigestInputStream(in, Sha256.start());
      try {
        return new ContainerReader<>(file, sha256, digest, new DataFileStream<>(digest, reader));
      } catch (IOException | RuntimeException e) {
        in.close();
        throw e;
      }
    } catch (IOException | AvroRuntimeException e) {
      throw damaged(file, e);
    }
  }

  /** The next record, or null after the last. */
  T next() {
    if (ended) {
      return null;
    }
    try {
      if (records.hasNext()) {
        return records.next();
      }
      digest.transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException | RuntimeException e) {
      throw damaged(file, e);
    }
    ended = true;
    String found = Sha256.hex(digest.getMessageDigest());
    if (!found.equals(sha256)) {
      throw new ArchiveException(
          file + ": found SHA-256 " + found + ", expected " + sha256 + " of " + ArchiveFiles.SUMS);
    }
    return null;
  }

  /** The only record of the file. */
  T single() {
    T only = next();
    if (only == null || next() != null) {
      throw new ArchiveException(file + ": expected exactly one record");
    }
    return only;
  }

  /** Names the file in messages. */
  String file() {
    return file;
  }

  @Override
  public void close() {
    try {
      records.close();
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }

  private static ArchiveException damaged(String file, Exception e) {
    return new ArchiveException(file + " cannot be read: " + e.getMessage(), e);
  }
}
