package dev.lectern.detector.weights;

import dev.lectern.detector.weights.Safetensors.Array;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The parameters and buffers of a TorchScript file by name, read without libtorch, which gives
 * parameters alone and leaves out the statistics of batch normalisation.
 *
 * <p>The file is a zip archive: {@code data.pkl} describes the module tree, {@code data/KEY} holds
 * the numbers of a tensor, {@code code/} the program. A checkpoint of {@code torch.save} has the
 * same layout without {@code code/}.
 */
final class TorchScriptArchive {
  private static final String MODULE = "data.pkl";

  private TorchScriptArchive() {}

  /** Whether a zip archive is a pickled checkpoint, which only Python can open. */
  static boolean isCheckpoint(ZipFile zip) {
    return root(zip).isPresent() && !hasProgram(zip);
  }

  private static boolean hasProgram(ZipFile zip) {
    String code = root(zip).orElse("") + "code/";
    return zip.stream().anyMatch(entry -> entry.getName().startsWith(code));
  }

  private static Optional<String> root(ZipFile zip) {
    return zip.stream()
        .map(ZipEntry::getName)
        .filter(name -> name.equals(MODULE) || name.endsWith("/" + MODULE))
        .map(name -> name.substring(0, name.length() - MODULE.length()))
        .findFirst();
  }

  /**
   * Reads every tensor of the module tree, in its order.
   *
   * @throws CorruptWeightsException if it is no TorchScript
   */
  static Map<String, Array> read(ZipFile zip, Path file) throws IOException {
    String root =
        root(zip)
            .orElseThrow(
                () ->
                    new CorruptWeightsException(
                        file
                            + ": found a zip archive without "
                            + MODULE
                            + ", expected TorchScript"));
    Map<String, Array> arrays = new LinkedHashMap<>();
    try {
      collect("", Pickle.read(bytes(zip, root + MODULE)), zip, root, arrays);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new CorruptWeightsException(file + ": " + e.getMessage(), e);
    }
    return arrays;
  }

  private static void collect(
      String name, Object value, ZipFile zip, String root, Map<String, Array> arrays)
      throws IOException {
    if (value instanceof Pickle.Tensor tensor) {
      Optional<ElementType> type = ElementType.ofTorch(tensor.storage());
      if (type.isPresent()) {
        arrays.put(name, array(tensor, type.get(), bytes(zip, root + "data/" + tensor.key())));
      }
    } else if (value instanceof Pickle.Made module) {
      String prefix = name.isEmpty() ? "" : name + ".";
      for (Map.Entry<Object, Object> attribute : module.attributes().entrySet()) {
        collect(prefix + attribute.getKey(), attribute.getValue(), zip, root, arrays);
      }
    }
  }

  private static byte[] bytes(ZipFile zip, String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new CorruptWeightsException(zip.getName() + ": found no " + name);
    }
    try (InputStream in = zip.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  /** Row-major numbers of a tensor whose strides may be in any order. */
  private static Array array(Pickle.Tensor tensor, ElementType type, byte[] stored) {
    long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
    long[] strides = tensor.strides().stream().mapToLong(Long::longValue).toArray();
    long size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    ByteBuffer little = ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN);
    requireInside(tensor, shape, strides, size, stored.length / type.bytes());
    float[] values = new float[Math.toIntExact(size)];
    long[] place = new long[shape.length];
    long at = tensor.offset();
    for (int i = 0; i < values.length; i++) {
      values[i] = type.at(little, Math.toIntExact(at * type.bytes()));
      for (int d = shape.length - 1; d >= 0; d--) {
        at += strides[d];
        if (++place[d] < shape[d]) {
          break;
        }
        at -= strides[d] * shape[d];
        place[d] = 0;
      }
    }
    return new Array(List.copyOf(tensor.shape()), values);
  }

  private static void requireInside(
      Pickle.Tensor tensor, long[] shape, long[] strides, long size, long stored) {
    long last = tensor.offset();
    for (int d = 0; d < shape.length; d++) {
      last += size == 0 ? 0 : Math.multiplyExact(shape[d] - 1, strides[d]);
    }
    boolean isInside = tensor.offset() >= 0 && Arrays.stream(strides).allMatch(s -> s >= 0);
    if (size < 0 || !isInside || (size > 0 && last >= stored)) {
      throw new IllegalArgumentException(
          "found a tensor of shape " + tensor.shape() + " in " + stored + " numbers");
    }
  }
}
