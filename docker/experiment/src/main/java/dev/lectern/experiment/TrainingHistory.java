package dev.lectern.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The steps and measurements of a training, from its {@code metrics.jsonl}.
 *
 * @param steps in order
 * @param measurements in order, those of every split
 */
public record TrainingHistory(List<Step> steps, List<Measurement> measurements) {
  private static final JsonMapper JSON = new JsonMapper();

  /**
   * One step.
   *
   * @param number from 1
   * @param losses by name, weights applied
   * @param waitShare of its time spent waiting for data
   * @param imagesPerSecond over its time
   */
  public record Step(
      long number, Map<String, Double> losses, double waitShare, double imagesPerSecond) {
    public Step {
      losses = Map.copyOf(losses);
    }

    /** Sum of the losses that every training has: classes and boxes against the annotations. */
    public double detectionLoss() {
      return losses.getOrDefault("loss_cls", 0.0)
          + losses.getOrDefault("loss_bbox", 0.0)
          + losses.getOrDefault("loss_dfl", 0.0);
    }
  }

  /**
   * One measurement.
   *
   * @param split what was measured on
   * @param step after which
   * @param epoch after which, from 1
   * @param metrics COCO's figures by name, such as {@code AP}
   */
  public record Measurement(String split, long step, int epoch, Map<String, Double> metrics) {
    public Measurement {
      metrics = Map.copyOf(metrics);
    }

    /** AP over the overlaps 0.5 to 0.95. */
    public double ap() {
      return metrics.get("AP");
    }

    /** AP at an overlap of 0.5. */
    public double ap50() {
      return metrics.get("AP50");
    }

    /** AP at an overlap of 0.75. */
    public double ap75() {
      return metrics.get("AP75");
    }
  }

  public TrainingHistory {
    steps = List.copyOf(steps);
    measurements = List.copyOf(measurements);
  }

  /** Reads what is there so far; a last line that is still being written is left out. */
  public static TrainingHistory read(Path metrics) throws IOException {
    List<Step> steps = new ArrayList<>();
    List<Measurement> measurements = new ArrayList<>();
    if (Files.exists(metrics)) {
      for (String line : Files.readAllLines(metrics)) {
        JsonNode node = parsed(line);
        switch (node.path("event").asText()) {
          case "step" -> steps.add(step(node));
          case "evaluation" -> measurements.add(measurement(node));
          default -> {}
        }
      }
    }
    return new TrainingHistory(steps, measurements);
  }

  private static JsonNode parsed(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      return JSON.createObjectNode();
    }
  }

  private static Step step(JsonNode node) {
    Map<String, Double> losses = new TreeMap<>();
    node.get("losses")
        .properties()
        .forEach(loss -> losses.put(loss.getKey(), loss.getValue().asDouble()));
    return new Step(
        node.get("step").asLong(),
        losses,
        node.get("data-wait-share").asDouble(),
        node.get("images-per-second").asDouble());
  }

  private static Measurement measurement(JsonNode node) {
    Map<String, Double> metrics = new TreeMap<>();
    node.get("metrics")
        .properties()
        .forEach(
            metric -> {
              if (metric.getValue().isNumber()) {
                metrics.put(metric.getKey(), metric.getValue().asDouble());
              }
            });
    return new Measurement(
        node.path("split").asText(),
        node.get("step").asLong(),
        node.path("epoch").asInt(),
        metrics);
  }

  /** The measurements on a split, in order. */
  public List<Measurement> on(String split) {
    return measurements.stream().filter(one -> one.split().equals(split)).toList();
  }

  /**
   * The last measurement.
   *
   * @throws IllegalStateException if there was none
   */
  public Measurement result() {
    if (measurements.isEmpty()) {
      throw new IllegalStateException("the training was never measured");
    }
    return measurements.get(measurements.size() - 1);
  }

  /** Share of the time of all steps that was spent waiting for data. */
  public double waitShare() {
    double seconds = steps.stream().mapToDouble(s -> 1 / s.imagesPerSecond()).sum();
    double waited = steps.stream().mapToDouble(s -> s.waitShare() / s.imagesPerSecond()).sum();
    return seconds == 0 ? 0 : waited / seconds;
  }

  /** Images per second over all steps. */
  public double imagesPerSecond() {
    double seconds = steps.stream().mapToDouble(s -> 1 / s.imagesPerSecond()).sum();
    return seconds == 0 ? 0 : steps.size() / seconds;
  }
}
