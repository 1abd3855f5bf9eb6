package dev.lectern.trainer.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.schemas.file.WholeFile;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Writes what a run does: {@code metrics.csv}, one row a step, and {@code metrics.jsonl}, one
 * object a step or evaluation.
 *
 * <p>A resumed run first drops the lines after the position it goes on from, so that each step is
 * there once, and those that are damaged.
 */
public final class MetricsFiles implements TrainingListener {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path csv;
  private final Path lines;

  /**
   * @param run the run's folder
   */
  public MetricsFiles(Path run) {
    csv = run.resolve("metrics.csv");
    lines = run.resolve("metrics.jsonl");
  }

  @Override
  public void started(Trainer trainer) {
    long done = trainer.position().globalStep();
    keep(csv, done, MetricsFiles::stepOfRow);
    keep(lines, done, MetricsFiles::stepOfLine);
  }

  /** The header counts as step 0; a line that was cut short as one that is too new. */
  private static long stepOfRow(String row) {
    String first = row.substring(0, Math.max(0, row.indexOf(',')));
    if (first.equals("step")) {
      return 0;
    }
    return first.matches("\\d{1,18}") ? Long.parseLong(first) : Long.MAX_VALUE;
  }

  private static long stepOfLine(String line) {
    try {
      JsonNode node = JSON.readTree(line);
      return node.path("step").asLong(Long.MAX_VALUE);
    } catch (JsonProcessingException e) {
      return Long.MAX_VALUE;
    }
  }

  private static void keep(Path file, long lastStep, ToLongFunction<String> step) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      if (!Files.exists(file)) {
        return;
      }
      List<String> kept =
          lastStep == 0
              ? List.of()
              : new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                  .lines()
                  .filter(line -> step.applyAsLong(line) <= lastStep)
                  .toList();
      WholeFile.write(file, temporary -> Files.write(temporary, kept));
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written", e);
    }
  }

  @Override
  public void stepped(Trainer trainer, StepReport step) {
    List<String> values = new ArrayList<>();
    values.add(Long.toString(step.globalStep()));
    values.add(Integer.toString(step.epoch()));
    values.add(Double.toString(step.total()));
    step.losses().values().forEach(loss -> values.add(Float.toString(loss)));
    values.add(Double.toString(step.learningRate()));
    values.add(number(step.gradientNorm()));
    values.add(number(step.waitShare()));
    values.add(number(step.imagesPerSecond()));
    String row = String.join(",", values);
    append(csv, isEmpty(csv) ? header(step) + "\n" + row : row);

    ObjectNode line = JSON.createObjectNode();
    line.put("event", "step").put("step", step.globalStep()).put("epoch", step.epoch());
    line.put("loss", step.total());
    ObjectNode losses = line.putObject("losses");
    step.losses().forEach(losses::put);
    line.put("learning-rate", step.learningRate()).put("gradient-norm", step.gradientNorm());
    if (step.unlabelled() > 0) {
      line.put("unlabelled", step.unlabelled());
    }
    if (step.pseudoLabels() > 0) {
      line.put("pseudo-labels", step.pseudoLabels());
    }
    if (step.doubted() > 0) {
      line.put("doubted", step.doubted());
    }
    line.put("data-wait-share", step.waitShare()).put("images-per-second", step.imagesPerSecond());
    append(lines, line.toString());
  }

  @Override
  public void evaluated(Trainer trainer, EvaluationReport report) {
    ObjectNode line = JSON.createObjectNode();
    line.put("event", "evaluation").put("step", report.globalStep()).put("epoch", report.epochs());
    line.put("split", report.split()).put("images", report.images());
    line.set("metrics", JSON.valueToTree(report.metrics()));
    append(lines, line.toString());
  }

  private static String header(StepReport step) {
    return "step,epoch,loss,"
        + step.losses().keySet().stream().collect(Collectors.joining(","))
        + ",learning_rate,gradient_norm,data_wait_share,images_per_second";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }

  private static boolean isEmpty(Path file) {
    try {
      return !Files.exists(file) || Files.size(file) == 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void append(Path file, String line) {
    try (BufferedWriter out =
        Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      out.write(line);
      out.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written", e);
    }
  }
}
