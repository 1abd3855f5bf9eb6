package dev.lectern.schemas.archive;

import dev.lectern.schemas.serde.Sha256;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

/** Writes one Avro container file and hashes it on the way. */
final class ContainerWriter<T extends SpecificRecord> implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 20;

  private final Path file;
  private final FileChannel channel;
  private final DigestOutputStream digest;
  private final DataFileWriter<T> writer;
  private long records;

  private ContainerWriter(
      Path file, FileChannel channel, DigestOutputStream digest, DataFileWriter<T> writer) {
    this.file = file;
    this.channel = channel;
    this.digest = digest;
    this.writer = writer;
  }

  /**
   * @param file is not there yet
   * @param codec of the blocks; readers of any language know {@code null} and {@code deflate}
   */
  static <T extends SpecificRecord> ContainerWriter<T> create(
      Path file, Class<T> type, CodecFactory codec) {
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
      DigestOutputStream digest = new DigestOutputStream(out, Sha256.start());
      Schema schema = SpecificData.getForClass(type).getSchema(type);
      DataFileWriter<T> writer =
          new DataFileWriter<>(new SpecificDatumWriter<T>(schema, SpecificData.getForClass(type)));
      writer.setCodec(codec);
      writer.create(schema, digest);
      return new ContainerWriter<>(file, channel, digest, writer);
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  void write(T record) {
    try {
      writer.append(record);
      records++;
    } catch (IOException | DataFileWriter.AppendWriteException e) {
      throw failed(file, e);
    }
  }

  /** Ends the present block; where the next one begins, in bytes from the start of the file. */
  long endBlock() {
    try {
      return writer.sync();
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /** Ends the file on the disk; its SHA-256, hex. */
  String finish() {
    try {
      writer.flush();
      digest.flush();
      channel.force(true);
      writer.close();
    } catch (IOException e) {
      throw failed(file, e);
    }
    return Sha256.hex(digest.getMessageDigest());
  }

  long records() {
    return records;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private static UncheckedIOException failed(Path file, Exception e) {
    return new UncheckedIOException(
        file + " cannot be written: " + e.getMessage(),
        e instanceof IOException io ? io : new IOException(e));
  }
}
