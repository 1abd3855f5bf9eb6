package dev.lectern.golden;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/**
 * An array in NumPy's file format, version 1: C order, little endian, float32 or int64.
 *
 * @param shape dimensions; empty for a scalar
 * @param floats the elements of a float32 array, else empty
 * @param longs the elements of an int64 array, else empty
 */
public record NpyFile(long[] shape, float[] floats, long[] longs) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final int PREFIX = MAGIC.length + Short.BYTES;
  private static final Pattern HEADER =
      Pattern.compile(
          "'descr':\\s*'([^']*)',\\s*'fortran_order':\\s*(True|False),"
              + "\\s*'shape':\\s*\\(([0-9, ]*)\\)");

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read or is not such an array; the message names it
   */
  public static NpyFile read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.limit() < PREFIX
        || !Arrays.equals(Arrays.copyOf(bytes.array(), MAGIC.length), MAGIC)) {
      throw new IOException(file + " is not a NumPy array file of version 1.0");
    }
    int headerLength = Short.toUnsignedInt(bytes.getShort(MAGIC.length));
    if (bytes.limit() < PREFIX + headerLength) {
      throw new IOException(file + " ends inside its header");
    }
    String header = new String(bytes.array(), PREFIX, headerLength, StandardCharsets.ISO_8859_1);
    Matcher matcher = HEADER.matcher(header);
    if (!matcher.find() || matcher.group(2).equals("True")) {
      throw new IOException(file + " has header " + header.strip() + ", expected C order");
    }
    long[] shape =
        Arrays.stream(matcher.group(3).split(","))
            .map(String::strip)
            .filter(s -> !s.isEmpty())
            .mapToLong(Long::parseLong)
            .toArray();
    bytes.position(PREFIX + headerLength);
    return elements(file, matcher.group(1), shape, bytes);
  }

  private static NpyFile elements(Path file, String type, long[] shape, ByteBuffer bytes)
      throws IOException {
    int count = Math.toIntExact(LongStream.of(shape).reduce(1, Math::multiplyExact));
    int width =
        switch (type) {
          case "<f4" -> Float.BYTES;
          case "<i8" -> Long.BYTES;
          default -> throw new IOException(file + " has type " + type + ", expected <f4 or <i8");
        };
    if (bytes.remaining() != (long) count * width) {
      throw new IOException(
          file
              + " holds "
              + bytes.remaining()
              + " bytes of elements, expected "
              + (long) count * width);
    }
    if (width == Float.BYTES) {
      float[] floats = new float[count];
      bytes.asFloatBuffer().get(floats);
      return new NpyFile(shape, floats, new long[0]);
    }
    long[] longs = new long[count];
    bytes.asLongBuffer().get(longs);
    return new NpyFile(shape, new float[0], longs);
  }
}
