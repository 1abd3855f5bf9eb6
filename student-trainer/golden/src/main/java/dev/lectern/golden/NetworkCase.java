package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.schemas.random.SplitMix64;
import dev.lectern.trainer.assign.GroundTruth;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * A network case: hyperparameters and weights of a tiny detector, images and their objects. Arrays
 * belong to one manager.
 */
public final class NetworkCase {
  /** Counters, constants and descriptions that a network of ours has no need of. */
  private static final List<String> NOT_OURS =
      List.of("num_batches_tracked", "integral.project", "__metadata__");

  private final Path directory;
  private final JsonNode description;
  private final NDManager manager;
  private final long rounding;

  /**
   * @param rounding 0 for the images as they are; else each number of them is moved to a neighbour
   *     or stays, drawn by this seed
   */
  NetworkCase(Path directory, JsonNode description, NDManager manager, long rounding) {
    this.directory = directory;
    this.description = description;
    this.manager = manager;
    this.rounding = rounding;
  }

  /** Where the case's arrays live. */
  public NDManager manager() {
    return manager;
  }

  /** Settings of the reference implementation, with those of the input already read. */
  public Settings settings() {
    Settings settings = Settings.of(description.get("hyperparameters"));
    settings.ignore("image_hw", "valid_hw");
    return settings;
  }

  /** Height and width of the input. */
  public int[] size() {
    Shape shape = new Shape(input("images").shape());
    return new int[] {(int) shape.get(2), (int) shape.get(3)};
  }

  /** Height and width of the part of an input that shows the image; padding lies after it. */
  public float[] validSize(int image) {
    JsonNode valid = description.get("hyperparameters").path("valid_hw").path(image);
    int[] all = size();
    return valid.isMissingNode()
        ? new float[] {all[0], all[1]}
        : new float[] {valid.get(0).floatValue(), valid.get(1).floatValue()};
  }

  /** Whether a tensor of that name is asked for. */
  public boolean asksFor(String tensor) {
    return description.path("expected").path("tensors").has(tensor);
  }

  /** How many numbers an expected tensor has; 0 if it is not asked for. */
  public int size(String tensor) {
    int size = asksFor(tensor) ? 1 : 0;
    for (JsonNode side : description.path("expected").path("tensors").path(tensor).path("shape")) {
      size *= side.asInt();
    }
    return size;
  }

  /** The network's input, (N, 3, height, width), normalised. */
  public NDArray images() {
    NpyFile images = input("images");
    float[] numbers = images.floats();
    if (rounding != 0) {
      SplitMix64 random = new SplitMix64(rounding);
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] += (random.nextInt(3) - 1) * Math.ulp(numbers[i]);
      }
    }
    return manager.create(numbers, new Shape(images.shape()));
  }

  /** An input. */
  public NpyFile input(String name) {
    try {
      return NpyFile.read(
          directory.resolve(description.get("inputs").get(name).get("file").asText()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Objects of each image, in pixels. */
  public List<GroundTruth> objects() {
    List<GroundTruth> objects = new ArrayList<>();
    for (int n = 0; description.get("inputs").has("gt_boxes_img" + n); n++) {
      int[] labels =
          LongStream.of(input("gt_labels_img" + n).longs()).mapToInt(Math::toIntExact).toArray();
      objects.add(new GroundTruth(input("gt_boxes_img" + n).floats(), labels));
    }
    return objects;
  }

  /**
   * Sets every parameter of a whole network, as {@link #load} does.
   *
   * @throws IllegalArgumentException also if the case has weights that the network lacks
   */
  public void loadAll(Parameters parameters) {
    load(parameters);
    Set<String> ours = new HashSet<>();
    parameters.forEach(parameter -> ours.add(parameter.name()));
    List<String> others =
        weightNames().stream()
            .filter(name -> !ours.contains(name) && NOT_OURS.stream().noneMatch(name::endsWith))
            .toList();
    if (!others.isEmpty()) {
      throw new IllegalArgumentException(
          "the network lacks " + others.size() + " of the weights, first " + others.get(0));
    }
  }

  private ByteBuffer weights() throws IOException {
    return ByteBuffer.wrap(
            Files.readAllBytes(directory.resolve(description.get("weights").asText())))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The header of the weights; leaves the position after it. */
  private static JsonNode entries(ByteBuffer weights) throws IOException {
    byte[] header = new byte[Math.toIntExact(weights.getLong())];
    weights.get(header);
    return new ObjectMapper().readTree(new String(header, StandardCharsets.UTF_8));
  }

  private JsonNode entry(String name) {
    try {
      return entries(weights()).path(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Names of all weights. */
  public List<String> weightNames() {
    try {
      List<String> names = new ArrayList<>();
      entries(weights()).fieldNames().forEachRemaining(names::add);
      return names;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the case has weights of that name. */
  public boolean hasWeight(String name) {
    return !entry(name).isMissingNode();
  }

  /** The shape of weights that the case has. */
  public int[] weightShape(String name) {
    List<Integer> sides = new ArrayList<>();
    entry(name).path("shape").forEach(side -> sides.add(side.asInt()));
    return sides.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * Sets every parameter of a network from the case's weights, by the published names, which are
   * ours.
   *
   * @throws IllegalArgumentException if a parameter is not among them, or of another size or type
   */
  public void load(Parameters parameters) {
    try {
      ByteBuffer bytes = weights();
      JsonNode entries = entries(bytes);
      ByteBuffer data = bytes.slice();
      for (Parameter parameter : parameters) {
        JsonNode entry = entries.get(parameter.name());
        if (entry == null) {
          throw new IllegalArgumentException(
              "the weights lack " + parameter.name() + ", which the network has");
        }
        if (!entry.path("dtype").asText().equals("F32")) {
          throw new IllegalArgumentException(
              "the weights " + parameter.name() + " are " + entry.path("dtype") + ", expected F32");
        }
        int begin = entry.get("data_offsets").get(0).asInt();
        int end = entry.get("data_offsets").get(1).asInt();
        FloatBuffer values =
            data.slice(begin, end - begin).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        float[] numbers = new float[values.remaining()];
        values.get(numbers);
        parameter.set(numbers);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
