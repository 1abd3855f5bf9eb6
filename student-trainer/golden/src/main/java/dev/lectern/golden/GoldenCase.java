package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * One golden case: its inputs and settings. Float inputs are tensors, which collect gradient where
 * the case says so; all belong to one manager.
 */
public final class GoldenCase {
  private final JsonNode description;
  private final Map<String, NpyFile> files;
  private final NDManager manager;
  private final Map<String, NDArray> tensors = new HashMap<>();

  GoldenCase(JsonNode description, Map<String, NpyFile> files, NDManager manager) {
    this.description = description;
    this.files = files;
    this.manager = manager;
  }

  /** Name of the case. */
  public String id() {
    return description.get("id").asText();
  }

  /** official, paper or reconstruction. */
  public String variant() {
    return description.get("variant").asText();
  }

  /** Where the case's arrays live. */
  public NDManager manager() {
    return manager;
  }

  /** Whether the case has an input of that name. */
  public boolean has(String input) {
    return files.containsKey(input);
  }

  /** Whether a gradient with respect to the input is wanted. */
  public boolean isDifferentiable(String input) {
    return description.get("inputs").get(input).path("differentiable").asBoolean(false);
  }

  /** A float input as a tensor. */
  public NDArray tensor(String input) {
    return tensors.computeIfAbsent(
        input,
        name -> {
          NpyFile file = file(name);
          NDArray tensor = manager.create(file.floats(), new Shape(file.shape()));
          if (isDifferentiable(name)) {
            tensor.setRequiresGradient(true);
          }
          return tensor;
        });
  }

  /** A float input as numbers. */
  public float[] floats(String input) {
    return file(input).floats();
  }

  /** An integer input as numbers. */
  public int[] ints(String input) {
    return Arrays.stream(file(input).longs()).mapToInt(Math::toIntExact).toArray();
  }

  /** Dimensions of an input. */
  public long[] shape(String input) {
    return file(input).shape();
  }

  /** Whether the case has a setting of that name. */
  public boolean hasSetting(String name) {
    return description.get("hyperparameters").hasNonNull(name);
  }

  /** A numeric setting. */
  public double number(String name) {
    return setting(name).asDouble();
  }

  /** An integer setting. */
  public int integer(String name) {
    return setting(name).asInt();
  }

  /** A setting in words. */
  public String text(String name) {
    return setting(name).asText();
  }

  /** A setting that is true or false. */
  public boolean flag(String name) {
    return setting(name).asBoolean();
  }

  /** A setting that is a list of numbers. */
  public double[] numbers(String name) {
    return StreamSupport.stream(setting(name).spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }

  /** A setting that is a list of integers. */
  public int[] integers(String name) {
    return Arrays.stream(numbers(name)).mapToInt(v -> (int) v).toArray();
  }

  /** A setting in its JSON form. */
  public JsonNode setting(String name) {
    JsonNode value = description.get("hyperparameters").get(name);
    if (value == null) {
      throw new IllegalArgumentException(id() + " has no setting " + name);
    }
    return value;
  }

  private NpyFile file(String input) {
    NpyFile file = files.get(input);
    if (file == null) {
      throw new IllegalArgumentException(id() + " has no input " + input);
    }
    return file;
  }
}
