package dev.lectern.trainer.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Writes a run's checkpoints into its folder, keeps the newest, and finds the last. */
public final class Checkpoints implements TrainingListener {
  private static final String NAME = "step-(\\d{9})\\.safetensors";

  private final Path folder;
  private final CheckpointConfig config;
  private long written = -1;

  /**
   * @param run the run's folder; checkpoints lie in {@code checkpoints} below it
   */
  public Checkpoints(Path run, CheckpointConfig config) {
    this.folder = run.resolve("checkpoints");
    this.config = config;
  }

  /** The newest checkpoint of a run's folder. */
  public static Optional<Path> last(Path run) {
    List<Path> all = list(run.resolve("checkpoints"));
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
  }

  private static List<Path> list(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().matches(NAME)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stepped(Trainer trainer, StepReport step) {
    if (config.everySteps() > 0 && step.globalStep() % config.everySteps() == 0) {
      write(trainer);
    }
  }

  @Override
  public void epochEnded(Trainer trainer) {
    if (trainer.position().epoch() % config.everyEpochs() == 0) {
      write(trainer);
    }
  }

  @Override
  public void ended(Trainer trainer) {
    if (trainer.position().globalStep() != written && trainer.position().globalStep() > 0) {
      write(trainer);
    }
  }

  private void write(Trainer trainer) {
    long step = trainer.position().globalStep();
    Path file = folder.resolve(String.format(Locale.ROOT, "step-%09d.safetensors", step));
    try {
      Files.createDirectories(folder);
      trainer.checkpoint().write(file);
      written = step;
      List<Path> all = list(folder);
      for (Path old : all.subList(0, Math.max(0, all.size() - config.keep()))) {
        Files.delete(old);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("checkpoint " + file + ": cannot be written", e);
    }
    trainer.notifyCheckpoint(file);
  }
}
