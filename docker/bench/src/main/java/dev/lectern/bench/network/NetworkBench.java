package dev.lectern.bench.network;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.bench.Figures;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorRole;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Training steps of networks written here, against the same networks in PyTorch and traced as
 * TorchScript: same weights, same images, steps in turns, one thread each.
 *
 * @param networks presets that the script has too; empty for all that it has
 * @param side pixels of a square canvas
 * @param batchSize images a step
 * @param rounds steps of each that count, after one that does not
 * @param python command
 * @param script {@code docker/bench/python/network_steps.py}
 */
public record NetworkBench(
    List<String> networks, int side, int batchSize, int rounds, String python, Path script) {
  private static final int CLASSES = 80;
  private static final long SEED = 1;

  /** Small, so that weights stay near where they were. */
  private static final double RATE = 1e-4;

  /** Of the largest output: the same network in another version of libtorch. */
  private static final double TOLERANCE = 1e-3;

  /**
   * Measures one network after the other.
   *
   * @param folder for files that may be thrown away
   * @return figures by name, for JSON
   * @throws UserMistakeException if the script cannot be run, or computes something else
   */
  public Map<String, Object> run(Path folder) throws IOException {
    List<Map<String, Object>> rows = new ArrayList<>();
    List<String> chosen =
        networks.isEmpty() ? PythonSteps.networks(python, script, folder) : networks;
    for (String network : chosen) {
      rows.add(measure(network, Files.createDirectories(folder.resolve(network))));
    }
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("side", side);
    figures.put("batchSize", batchSize);
    figures.put("networks", rows);
    return figures;
  }

  private Map<String, Object> measure(String network, Path folder) throws IOException {
    DetectorSpec spec =
        DetectorSpec.parse("{preset: " + network + ", classes: " + CLASSES + "}", network);
    float[] images = images(folder);
    try (NDManager manager = TorchDevice.of("cpu").newManager();
        Detector own = Detectors.create(spec, manager, SEED)) {
      JniUtils.setNumThreads(1);
      Weights.save(own, folder.resolve("weights.safetensors"));
      NetworkSteps lectern = new NetworkSteps(own, manager, images, side, RATE);
      float[] outputs = lectern.outputs();
      try (PythonSteps python = new PythonSteps(this.python, script, folder, network, side, RATE);
          Detector traced = Detectors.create(traced(spec, python.traced()), manager, SEED)) {
        NetworkSteps torchScript = new NetworkSteps(traced, manager, images, side, RATE);
        requireSame(network + " in PyTorch", python.outputs(), outputs);
        requireSame(network + " as TorchScript", torchScript.outputs(), outputs);
        return turns(network, python.version(), lectern, python, torchScript);
      }
    }
  }

  private Map<String, Object> turns(
      String network, String version, Steps lectern, Steps python, Steps torchScript)
      throws IOException {
    Map<String, Steps> all = new LinkedHashMap<>();
    all.put("lectern", lectern);
    all.put("pytorch", python);
    all.put("torchscript", torchScript);
    Map<String, List<Steps.Time>> times = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      for (Map.Entry<String, Steps> each : all.entrySet()) {
        Steps.Time time = each.getValue().step();
        if (round > 0) {
          times.computeIfAbsent(each.getKey(), name -> new ArrayList<>()).add(time);
        }
      }
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("network", network);
    row.put("pytorchVersion", version);
    times.forEach(
        (name, some) -> {
          row.put(name + "CpuMs", Figures.median(some.stream().map(Steps.Time::cpuMs).toList()));
          row.put(name + "Ms", Figures.median(some.stream().map(Steps.Time::ms).toList()));
        });
    row.put("againstPytorch", ratio(row, "pytorchCpuMs"));
    row.put("againstTorchscript", ratio(row, "torchscriptCpuMs"));
    return row;
  }

  private static double ratio(Map<String, Object> row, String other) {
    return (double) row.get(other) / (double) row.get("lecternCpuMs");
  }

  /** The module as a student: the head's outputs, one after the other. */
  private static DetectorSpec traced(DetectorSpec spec, Path file) {
    List<String> outputs = new ArrayList<>();
    for (TensorRole role : Families.of(spec).tensors(spec).keySet()) {
      spec.strides().forEach(stride -> outputs.add(role.prefix() + "_" + stride));
    }
    return DetectorSpec.parse(
        "{network: torchscript, classes: %d, strides: %s, head: {family: %s}, script: {model: %s, outputs: %s}}"
            .formatted(
                CLASSES, spec.strides(), Families.of(spec).name(), "'" + file + "'", outputs),
        "traced");
  }

  private float[] images(Path folder) throws IOException {
    Random random = new Random(SEED);
    float[] images = new float[batchSize * 3 * side * side];
    ByteBuffer bytes =
        ByteBuffer.allocate(images.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
      bytes.putFloat(images[i]);
    }
    Files.write(folder.resolve("images"), bytes.array());
    return images;
  }

  private static void requireSame(String which, float[] found, float[] expected) {
    double largest = 0;
    double difference = found.length == expected.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < expected.length && i < found.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(found[i] - expected[i]));
    }
    if (!(difference <= TOLERANCE * largest)) {
      throw new UserMistakeException(
          which
              + ": found outputs that differ by "
              + difference
              + ", expected those of the network here, at most "
              + TOLERANCE
              + " of the largest, "
              + largest);
    }
  }
}
