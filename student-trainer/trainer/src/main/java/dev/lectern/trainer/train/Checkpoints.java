package dev.lectern.trainer.train;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a run's checkpoints into its folder, keeps the newest, and finds the last. */
public final class Checkpoints implements TrainingListener {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
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

  /**
   * Reads the newest checkpoint of a run's folder that is whole. A newer one that cannot be read is
   * named in the log and set aside as {@code NAME.damaged}.
   *
   * @return empty if there is no checkpoint
   * @throws UserMistakeException if there are some and none can be read; it names the newest
   */
  public static Optional<Checkpoint> readLast(Path run) {
    List<Path> all = list(run.resolve("checkpoints"));
    UserMistakeException newest = null;
    for (int i = all.size() - 1; i >= 0; i--) {
      try {
        Checkpoint found = Checkpoint.read(all.get(i));
        for (Path damaged : all.subList(i + 1, all.size())) {
          setAside(damaged, all.get(i));
        }
        return Optional.of(found);
      } catch (UserMistakeException e) {
        LOG.warn("checkpoint cannot be read, trying the one before it: {}", e.getMessage());
        newest = newest == null ? e : newest;
      }
    }
    if (newest != null) {
      throw newest;
    }
    return Optional.empty();
  }

  /** Otherwise it would count among those that are kept. */
  private static void setAside(Path damaged, Path used) {
    Path aside = damaged.resolveSibling(damaged.getFileName() + ".damaged");
    try {
      Files.move(damaged, aside, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("checkpoint " + damaged + ": cannot be renamed", e);
    }
    LOG.warn(
        "damaged checkpoint set aside, the run goes on from the one before it damaged={} used={}",
        aside,
        used);
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
