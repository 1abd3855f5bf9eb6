package dev.lectern.cli;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.report.inspect.KindDifference;
import dev.lectern.report.inspect.Rerun;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.Teacher;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** How the teacher of a recording is run again. */
final class LiveOptions {
  private static final int SAMPLE = 16;

  @Option(
      names = "--live",
      description =
          "Also run the teacher again on a sample of the views and report how far its outputs are"
              + " from the recorded ones. On another kind of hardware they may differ; the exit code"
              + " does not depend on it.")
  private boolean live;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "With --live: the model file of the recording's teacher.")
  private Path model;

  @Option(
      names = "--sample",
      paramLabel = "N",
      description = "With --live: views, spread evenly over the recording. Default: 16")
  private Integer sample;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "With --live: cpu, cuda or cuda:N. Default: cpu")
  private String device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "With --live: threads of one inference call on the CPU. Default: one per processor")
  private Integer threads;

  /** Refuses what does not go together. */
  void check() {
    if (live && model == null) {
      throw new UserMistakeException(
          "--live: found no --model, expected the model file of the recording's teacher");
    }
    requireLive("--model", model);
    requireLive("--sample", sample);
    requireLive("--device", device);
    requireLive("--threads", threads);
    if (sample != null && sample < 1) {
      throw new UserMistakeException("--sample: found " + sample + ", expected 1 or more");
    }
    if (threads != null && threads < 1) {
      throw new UserMistakeException("--threads: found " + threads + ", expected 1 or more");
    }
    device();
  }

  private void requireLive(String option, Object value) {
    if (!live && value != null) {
      throw new UserMistakeException(option + ": found no --live, expected it with " + option);
    }
  }

  private ComputeDevice device() {
    return ComputeDevice.parse(device == null ? "cpu" : device);
  }

  boolean live() {
    return live;
  }

  /** Runs the teacher and compares. */
  List<KindDifference> compare(
      Map<String, Object> kafka, RecordingManifest recording, Progress.Factory progress) {
    try (Teacher teacher =
        ModelFile.open(
            recording.getDescriptor(),
            model,
            recording.getEncodings().stream().map(KindEncoding::getKind).toList(),
            device(),
            threads == null ? Runtime.getRuntime().availableProcessors() : threads)) {
      return new Rerun(kafka, recording, teacher)
          .compare(sample == null ? SAMPLE : sample, progress);
    }
  }
}
