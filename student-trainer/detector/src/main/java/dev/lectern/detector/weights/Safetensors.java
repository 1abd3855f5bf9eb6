package dev.lectern.detector.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.schemas.config.OneLine;
import dev.lectern.schemas.file.WholeFile;
import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The contents of a safetensors file: named float32 arrays and a few texts.
 *
 * <pre>
 *   8 bytes   length L of the header, unsigned little-endian
 *   L bytes   header, UTF-8 JSON: name -> {dtype, shape, data_offsets: [begin, end)}, and
 *             __metadata__ -> {key: text}; padded with spaces to a multiple of 8
 *   rest      the arrays' values, little-endian and row-major, one array after the other without
 *             gaps; offsets count from here
 * </pre>
 *
 * <p>Files written here are F32 throughout and carry the SHA-256 of the rest as metadata {@code
 * sha256}; where it is present it must match. Files up to 2 GiB are read, and the dtypes F32, F16,
 * BF16, F64, I32 and I64, all of them as float32.
 *
 * @param metadata texts by key
 * @param arrays by name, in file order
 */
public record Safetensors(Map<String, String> metadata, Map<String, Array> arrays) {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final String METADATA = "__metadata__";
  private static final String DIGEST = "sha256";
  private static final String FLOAT32 = "F32";

  /**
   * One array.
   *
   * @param shape dimensions; none for a scalar
   * @param values row-major, as many as the shape says
   */
  public record Array(List<Long> shape, float[] values) {
    public Array {
      shape = List.copyOf(shape);
      long size = shape.stream().reduce(1L, Math::multiplyExact);
      if (size != values.length) {
        throw new IllegalArgumentException(
            "found " + values.length + " values, expected " + size + " for shape " + shape);
      }
    }
  }

  /** Writes the file, whole or not at all. */
  public void write(Path file) throws IOException {
    ByteBuffer data = data();
    byte[] header = header(digest(data));
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    length.putLong(0, header.length);
    WholeFile.write(
        file,
        temporary -> {
          try (FileChannel channel =
              FileChannel.open(
                  temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            for (ByteBuffer part : List.of(length, ByteBuffer.wrap(header), data)) {
              while (part.hasRemaining()) {
                channel.write(part);
              }
            }
          }
        });
  }

  private ByteBuffer data() {
    int bytes = 0;
    for (Array array : arrays.values()) {
      bytes = Math.addExact(bytes, Math.multiplyExact(array.values().length, Float.BYTES));
    }
    ByteBuffer data = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (Array array : arrays.values()) {
      data.asFloatBuffer().put(array.values());
      data.position(data.position() + array.values().length * Float.BYTES);
    }
    return data.flip();
  }

  private byte[] header(String digest) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    ObjectNode texts = header.putObject(METADATA);
    metadata.forEach(texts::put);
    texts.put(DIGEST, digest);
    long offset = 0;
    for (Map.Entry<String, Array> entry : arrays.entrySet()) {
      ObjectNode array = header.putObject(entry.getKey());
      array.put("dtype", FLOAT32);
      ArrayNode shape = array.putArray("shape");
      entry.getValue().shape().forEach(shape::add);
      long end = offset + (long) entry.getValue().values().length * Float.BYTES;
      array.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    StringBuilder text = new StringBuilder(JSON.writeValueAsString(header));
    while (text.toString().getBytes(StandardCharsets.UTF_8).length % 8 != 0) {
      text.append(' ');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads and checks a file.
   *
   * @throws CorruptWeightsException if it is not a safetensors file, is cut short or was changed
   */
  public static Safetensors read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    long length = bytes.remaining() < 8 ? -1 : bytes.getLong();
    if (length < 2 || length > bytes.remaining()) {
      throw corrupt(file, "found no header, expected 8 bytes of length and a JSON header");
    }
    byte[] header = new byte[(int) length];
    bytes.get(header);
    ByteBuffer data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    try {
      JsonNode root = JSON.readTree(header);
      Map<String, String> metadata = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : root.path(METADATA).properties()) {
        metadata.put(entry.getKey(), entry.getValue().asText());
      }
      String written = metadata.remove(DIGEST);
      if (written != null && !written.equals(digest(data))) {
        throw corrupt(
            file, "found SHA-256 " + digest(data) + " of the values, expected " + written);
      }
      Map<String, Array> arrays = new LinkedHashMap<>();
      List<Range> ranges = new ArrayList<>();
      for (Map.Entry<String, JsonNode> entry : root.properties()) {
        if (!entry.getKey().equals(METADATA)) {
          Range range = Range.of(entry.getKey(), entry.getValue());
          arrays.put(entry.getKey(), array(file, range, entry.getValue(), data));
          ranges.add(range);
        }
      }
      requireNoGaps(file, ranges, data.limit());
      return new Safetensors(metadata, arrays);
    } catch (JsonProcessingException e) {
      throw new CorruptWeightsException(
          file + ": the header cannot be read: " + OneLine.of(e.getOriginalMessage()), e);
    }
  }

  /** Where the values of an array lie. */
  private record Range(String name, long begin, long end) {
    private static Range of(String name, JsonNode description) {
      JsonNode offsets = description.path("data_offsets");
      return new Range(name, offsets.path(0).asLong(-1), offsets.path(1).asLong(-1));
    }
  }

  private static void requireNoGaps(Path file, List<Range> ranges, long bytes)
      throws CorruptWeightsException {
    long expected = 0;
    ranges.sort(Comparator.comparingLong(Range::begin).thenComparingLong(Range::end));
    for (Range range : ranges) {
      if (range.begin != expected) {
        throw corrupt(
            file,
            range.name + ": found values from byte " + range.begin + ", expected from " + expected);
      }
      expected = range.end;
    }
    if (expected != bytes) {
      throw corrupt(
          file, "found " + bytes + " bytes of values, expected the " + expected + " of its arrays");
    }
  }

  private static Array array(Path file, Range range, JsonNode description, ByteBuffer data)
      throws CorruptWeightsException {
    String name = range.name;
    String dtype = description.path("dtype").asText();
    ElementType type =
        ElementType.ofSafetensors(dtype)
            .orElseThrow(
                () ->
                    corrupt(
                        file,
                        name + ": found dtype " + dtype + ", expected floating-point numbers"));
    List<Long> shape = new ArrayList<>();
    description.path("shape").forEach(d -> shape.add(d.asLong()));
    long begin = range.begin;
    long end = range.end;
    if (begin < 0 || end < begin || end > data.limit() || (end - begin) % type.bytes() != 0) {
      throw corrupt(
          file,
          name + ": found values at " + begin + " to " + end + " of " + data.limit() + " bytes");
    }
    float[] values =
        type.all(
            data.slice((int) begin, (int) (end - begin)).order(ByteOrder.LITTLE_ENDIAN),
            (int) ((end - begin) / type.bytes()));
    try {
      return new Array(shape, values);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new CorruptWeightsException(file + ": " + name + ": " + e.getMessage(), e);
    }
  }

  private static CorruptWeightsException corrupt(Path file, String cause) {
    return new CorruptWeightsException(file + ": " + cause);
  }

  private static String digest(ByteBuffer data) {
    MessageDigest sha256 = Sha256.start();
    sha256.update(data.duplicate());
    return Sha256.hex(sha256);
  }
}
