package dev.lectern.experiment;

import dev.lectern.experiment.process.ChildProcess;
import dev.lectern.experiment.process.ChildProcesses;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.TopicTail;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.serde.Status;
import dev.lectern.schemas.topic.Topics;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/** Runs the roles of the command line as processes, one stage after the other, with progress. */
public final class Roles {
  private static final int TAIL_BYTES = 4096;

  private final ChildProcesses children;
  private final Progress.Factory progress;
  private final Map<String, Object> kafka;
  private final List<String> connection;
  private final Runnable meanwhile;

  /**
   * @param kafka client properties of this process
   * @param connection options of {@code lectern} that say the same to the roles
   * @param meanwhile called again and again while roles run
   */
  public Roles(
      ChildProcesses children,
      Progress.Factory progress,
      Map<String, Object> kafka,
      List<String> connection,
      Runnable meanwhile) {
    this.meanwhile = meanwhile;
    this.children = children;
    this.progress = progress;
    this.kafka = Map.copyOf(kafka);
    this.connection = List.copyOf(connection);
  }

  /** Publishes by a file of {@code lectern publish}; returns at once what is sealed already. */
  public void publish(String name, Path config) throws IOException, InterruptedException {
    try (Progress shown = progress.start(name, "datasets", 1)) {
      children.await(
          List.of(start(name, "publish", List.of("--config", config.toString()))), meanwhile);
      shown.advance(1);
    }
  }

  /**
   * Records with a ledger and some workers until the recording is sealed; one that is sealed
   * already is left alone.
   *
   * @param teach arguments of {@code lectern teach}
   * @param state folder of the ledger
   */
  public RecordingManifest record(String recording, List<String> teach, int workers, Path state)
      throws IOException, InterruptedException {
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      RecordingManifest found = manifests.recording(recording).orElse(null);
      if (found != null && found.getState() == State.SEALED) {
        return found;
      }
      List<ChildProcess> fleet = new ArrayList<>();
      fleet.add(
          start(
              "ledger-" + recording,
              "ledger",
              List.of(
                  "--recording", recording, "--state-dir", state.toString(), "--until-sealed")));
      for (int i = 1; i <= workers; i++) {
        List<String> arguments = new ArrayList<>(teach);
        String worker = "teacher-" + i;
        arguments.addAll(List.of("--worker", worker, "--until-sealed"));
        fleet.add(start(worker + "-" + recording, "teach", arguments));
      }
      try (Progress shown = progress.start("record " + recording, "views", -1);
          TopicTail<String, Status> statuses = new TopicTail<>(kafka, Topics.status())) {
        long[] seen = {found == null ? 0 : -1};
        LongConsumer recorded =
            views -> {
              if (seen[0] < 0) {
                shown.skip(views);
              } else {
                shown.advance(views - seen[0]);
              }
              seen[0] = views;
            };
        children.await(
            fleet,
            () -> {
              meanwhile.run();
              Optional<RecordingManifest> begun = manifests.recording(recording);
              statuses.readToEnd(
                  record -> {
                    if (record.key().equals(Status.keyOfLedger(recording))
                        && record.value() instanceof Status.OfLedger ledger
                        && begun.isPresent()
                        && ledger.value().getRecordingCreatedAt() == begun.get().getCreatedAt()) {
                      shown.total(ledger.value().getExpected());
                      recorded.accept(ledger.value().getRecorded());
                    }
                  });
            });
        recorded.accept(manifests.requireRecording(recording).getRecorded());
      }
      RecordingManifest sealed = manifests.requireRecording(recording);
      if (sealed.getState() != State.SEALED) {
        throw new UserMistakeException(
            "recording " + recording + ": its ledger ended before it was sealed");
      }
      return sealed;
    }
  }

  /**
   * Trains, so many at once, in order; each goes on from its newest checkpoint. Those that are done
   * count as done.
   *
   * @param task what the display calls it
   */
  public void train(String task, List<Training> trainings, int parallel)
      throws IOException, InterruptedException {
    long epochs = trainings.stream().mapToLong(Training::epochs).sum();
    try (Progress shown = progress.start(task, "epochs", epochs)) {
      long[] seen = {epochsDone(trainings)};
      shown.skip(seen[0]);
      Deque<Training> waiting = new ArrayDeque<>(trainings);
      List<ChildProcess> running = new ArrayList<>();
      waiting.removeIf(training -> Files.exists(training.student()));
      while (!waiting.isEmpty() || !running.isEmpty()) {
        while (running.size() < parallel && !waiting.isEmpty()) {
          Training next = waiting.remove();
          running.add(
              start(
                  "train-" + next.name(),
                  "train",
                  List.of("--config", next.config().toString(), "--resume")));
        }
        children.awaitAny(
            running,
            () -> {
              meanwhile.run();
              long done = epochsDone(trainings);
              shown.advance(done - seen[0]);
              seen[0] = done;
              shown.note(
                  running.stream().map(ChildProcess::name).collect(Collectors.joining(", ")));
            });
        running.removeIf(child -> !child.isRunning());
      }
      shown.advance(epochs - seen[0]);
    }
  }

  private ChildProcess start(String name, String role, List<String> arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of(role));
    all.addAll(arguments);
    all.addAll(connection);
    return children.start(name, all);
  }

  private static long epochsDone(List<Training> trainings) {
    return trainings.stream().mapToLong(Roles::epochsDone).sum();
  }

  /** Finished epochs of a training, by the last line of its table of steps. */
  private static long epochsDone(Training training) {
    if (Files.exists(training.student())) {
      return training.epochs();
    }
    Path table = training.out().resolve("metrics.csv");
    if (!Files.exists(table)) {
      return 0;
    }
    try (RandomAccessFile file = new RandomAccessFile(table.toFile(), "r")) {
      byte[] tail = new byte[(int) Math.min(TAIL_BYTES, file.length())];
      file.seek(file.length() - tail.length);
      file.readFully(tail);
      String text = new String(tail, StandardCharsets.UTF_8);
      // The last line may be half written; step and epoch are its first two fields.
      String[] lines = text.substring(0, text.lastIndexOf('\n') + 1).split("\n");
      String[] fields = lines[lines.length - 1].split(",");
      return fields.length < 2 ? 0 : Long.parseLong(fields[1]);
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }
}
