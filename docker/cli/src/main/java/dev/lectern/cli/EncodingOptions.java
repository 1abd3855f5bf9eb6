package dev.lectern.cli;

import dev.lectern.cli.encoding.EncodingChoice;
import dev.lectern.cli.encoding.EncodingSample;
import dev.lectern.cli.encoding.SampleViews;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.recording.Encoding;
import dev.lectern.teacher.recording.TeachConfig;
import dev.lectern.teacher.recording.TeacherFactory;
import dev.lectern.trainer.train.TrainConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** How a worker finds out how to store its teacher's outputs. */
final class EncodingOptions {
  private static final String AUTO = "auto";

  /** The student itself, and one that has gone 70 % of the way to the teacher. */
  private static final List<Double> DISTANCES = List.of(1.0, 0.3);

  @Option(
      names = "--encoding",
      paramLabel = "auto",
      description =
          "auto: when this worker opens the recording, try every encoding on some views and take the"
              + " smallest that changes no loss by more than the budget; a later worker takes over"
              + " what the recording says. Default: the keys encoding.* of --config and --set")
  String encoding;

  @Option(
      names = "--losses",
      paramLabel = "RUN.yaml",
      description =
          "With --encoding auto: a run that will learn from the recording, with its student and its"
              + " losses. Repeatable.")
  List<Path> losses = List.of();

  @Option(
      names = "--error-budget",
      paramLabel = "SHARE",
      defaultValue = "0.001",
      description = "With --encoding auto: largest relative change of a loss.")
  double budget;

  @Option(
      names = "--sample-views",
      paramLabel = "N",
      defaultValue = "8",
      description = "With --encoding auto: views to measure with.")
  int views;

  /** The worker's settings, and what to print before it starts. */
  record Resolved(TeachConfig config, Consumer<PrintWriter> report) {}

  /** Decides the encoding, if it is to be decided. */
  Resolved resolve(TeachConfig config, Map<String, Object> kafka) {
    if (encoding == null) {
      if (!losses.isEmpty()) {
        throw new UserMistakeException("--losses: expected --encoding auto with it");
      }
      return new Resolved(config, out -> {});
    }
    if (!encoding.equals(AUTO)) {
      throw new UserMistakeException(
          "--encoding: found '"
              + encoding
              + "', expected auto; name an encoding with --set encoding.class-scores=float16");
    }
    if (views < 1 || !(budget >= 0)) {
      throw new UserMistakeException(
          "--sample-views "
              + views
              + ", --error-budget "
              + budget
              + ": expected 1 or more, 0 or more");
    }
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      Optional<RecordingManifest> open = manifests.recording(config.recording());
      if (open.isPresent()) {
        return new Resolved(
            config.withEncoding(
                Encoding.of(open.get().getEncodings(), open.get().getEncodingChoice())),
            out -> {});
      }
      if (losses.isEmpty()) {
        throw new UserMistakeException(
            "--encoding auto: found no --losses, expected a run to measure with");
      }
      EncodingChoice choice = measure(config, kafka, manifests);
      return new Resolved(config.withEncoding(choice.encoding()), choice::print);
    }
  }

  private EncodingChoice measure(
      TeachConfig config, Map<String, Object> kafka, ManifestStore manifests) {
    List<String> overrides = List.of("bootstrap-servers=" + kafka.get("bootstrap.servers"));
    List<TrainConfig> runs =
        losses.stream().map(file -> ConfigLoader.load(file, overrides, TrainConfig.class)).toList();
    TeacherDescriptor descriptor = TeacherFactory.descriptor(config, kafka);
    try (Teacher teacher =
        TeacherFactory.MODEL_FILE.open(config, descriptor, config.kindsOf(descriptor))) {
      EncodingSample sample =
          EncodingSample.of(
              teacher,
              manifests.requireDataset(config.dataset()),
              SampleViews.read(kafka, config.dataset(), views));
      return EncodingChoice.measure(sample, config.recording(), runs, budget, DISTANCES);
    }
  }
}
