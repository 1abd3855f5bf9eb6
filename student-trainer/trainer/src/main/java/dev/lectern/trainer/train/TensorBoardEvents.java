package dev.lectern.trainer.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Writes what a run does for TensorBoard: {@code tensorboard/events.out.tfevents.*}, a file for
 * each time that the run is started or resumed.
 *
 * <p>A resumed run begins its file with the step that comes next; TensorBoard then drops later
 * steps of the files before it, so that each step is shown once.
 */
final class TensorBoardEvents implements TrainingListener {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private EventFile events;

  /**
   * @param run the run's folder
   */
  TensorBoardEvents(Path run) {
    this.folder = run.resolve("tensorboard");
  }

  @Override
  public void started(Trainer trainer) {
    try {
      Files.createDirectories(folder);
      events = create();
      events.started(now(), trainer.position().globalStep() + 1);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** TensorBoard reads files in the order of their names. */
  private EventFile create() throws IOException {
    long millis = System.currentTimeMillis();
    while (true) {
      String name = String.format(Locale.ROOT, "events.out.tfevents.%013d.lectern", millis);
      try {
        return EventFile.create(folder.resolve(name), now());
      } catch (FileAlreadyExistsException e) {
        millis++;
      }
    }
  }

  @Override
  public void stepped(Trainer trainer, StepReport step) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("loss", step.total());
    step.losses().forEach((name, loss) -> numbers.put("losses/" + name, (double) loss));
    numbers.put("learning-rate", step.learningRate());
    numbers.put("gradient-norm", step.gradientNorm());
    numbers.put("data-wait-share", step.waitShare());
    numbers.put("images-per-second", step.imagesPerSecond());
    write(step.globalStep(), numbers);
  }

  @Override
  public void evaluated(Trainer trainer, EvaluationReport report) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> figure :
        JSON.<JsonNode>valueToTree(report.metrics()).properties()) {
      if (figure.getValue().isNumber()) {
        numbers.put(report.split() + "/" + figure.getKey(), figure.getValue().asDouble());
      }
    }
    write(report.globalStep(), numbers);
  }

  private void write(long step, Map<String, Double> numbers) {
    try {
      events.numbers(now(), step, numbers);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private UncheckedIOException failed(IOException e) {
    return new UncheckedIOException(folder + ": cannot be written", e);
  }

  private static double now() {
    return System.currentTimeMillis() / 1000.0;
  }
}
