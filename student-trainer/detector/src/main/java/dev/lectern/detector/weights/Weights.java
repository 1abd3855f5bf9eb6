package dev.lectern.detector.weights;

import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * All parameters of a network in one {@link Safetensors} file, under their own names, with the
 * specification as metadata {@code lectern.detector} so that the file alone says what it is.
 */
public final class Weights {
  private static final String SPEC = "lectern.detector";

  private Weights() {}

  /** Writes the network's current values; the file appears whole or not at all. */
  public static void save(Detector detector, Path file) throws IOException {
    of(detector).write(file);
  }

  /** The network's current values, copied. */
  public static Safetensors of(Detector detector) {
    Map<String, Safetensors.Array> arrays = new LinkedHashMap<>();
    for (Parameter parameter : detector.parameters()) {
      arrays.put(
          parameter.name(),
          new Safetensors.Array(dimensions(parameter.shape()), parameter.values()));
    }
    return new Safetensors(Map.of(SPEC, detector.spec().toYaml()), arrays);
  }

  /**
   * Sets every parameter of the network from a file.
   *
   * @throws UserMistakeException if the file is missing or its names and shapes are not exactly the
   *     network's; no parameter has changed then
   * @throws CorruptWeightsException if the file is damaged
   */
  public static void load(Path file, Parameters parameters) throws IOException {
    set(read(file), parameters, "weights " + file);
  }

  /**
   * Sets every parameter of a network.
   *
   * @param where names the source in messages
   * @throws UserMistakeException if names and shapes are not exactly the network's; no parameter
   *     has changed then
   */
  public static void set(Safetensors weights, Parameters parameters, String where) {
    List<String> problems = problems(weights, parameters);
    if (!problems.isEmpty()) {
      throw new UserMistakeException(where + ": " + String.join("; ", problems));
    }
    for (Parameter parameter : parameters) {
      parameter.set(weights.arrays().get(parameter.name()).values());
    }
  }

  /**
   * The specification of the network that wrote the file.
   *
   * @throws UserMistakeException if the file is missing or says nothing of a network
   */
  public static DetectorSpec spec(Path file) throws IOException {
    String yaml = read(file).metadata().get(SPEC);
    if (yaml == null) {
      throw new UserMistakeException(
          "weights " + file + ": found no " + SPEC + ", expected the specification of a network");
    }
    return DetectorSpec.parse(yaml, "weights " + file);
  }

  private static Safetensors read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new UserMistakeException("weights " + file + ": not found");
    }
    return Safetensors.read(file);
  }

  private static List<String> problems(Safetensors weights, Parameters parameters) {
    List<String> missing = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    for (Parameter parameter : parameters) {
      Safetensors.Array array = weights.arrays().get(parameter.name());
      if (array == null) {
        missing.add(parameter.name());
      } else if (!array.shape().equals(dimensions(parameter.shape()))) {
        misshapen.add(
            parameter.name()
                + " is "
                + array.shape()
                + ", expected "
                + dimensions(parameter.shape()));
      }
    }
    List<String> extra = new ArrayList<>(weights.arrays().keySet());
    extra.removeAll(parameters.byName().keySet());
    List<String> problems = new ArrayList<>();
    describe(problems, missing, "missing");
    describe(problems, extra, "not of this network");
    describe(problems, misshapen, "of another shape");
    return problems;
  }

  private static void describe(List<String> problems, List<String> found, String what) {
    if (!found.isEmpty()) {
      String count = found.size() == 1 ? "1 parameter" : found.size() + " parameters";
      problems.add(count + " " + what + ": " + found.get(0) + (found.size() > 1 ? ", ..." : ""));
    }
  }

  private static List<Long> dimensions(Shape shape) {
    return LongStream.of(shape.getShape()).boxed().collect(Collectors.toList());
  }
}
