package dev.lectern.cli;

import dev.lectern.cli.TeacherOnSamples.Reading;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.producer.publish.PublishConfig;
import dev.lectern.report.inspect.RecordedOutputs;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.view.OpenCvLibrary;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.recording.ResizeCheck;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lectern check}: what a teacher is worth on a dataset before anything is recorded. */
@Command(
    name = "check",
    header = "Measure a teacher on some labelled images before recording.",
    description = {
      "AP of a teacher on labelled images, as lectern publish would resize them, and under another"
          + " resize, channel order, scale of pixels and order of classes. Warns where another"
          + " reading does better by 2 AP: the descriptor, or the resize, is then wrong. Needs no"
          + " broker."
    })
final class CheckCommand implements Callable<Integer> {
  private static final double BETTER = 0.02;

  @Spec private CommandSpec spec;

  @Option(
      names = "--teacher",
      paramLabel = "FILE.yaml",
      required = true,
      description = "The teacher's descriptor.")
  private Path teacher;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      required = true,
      description = "The exported model: .onnx, or .pt (TorchScript).")
  private Path model;

  @Option(
      names = "--config",
      paramLabel = "FILE.yaml",
      required = true,
      description = "The dataset's sources and resize: the settings of lectern publish.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      showDefaultValue = Help.Visibility.NEVER,
      description = "One setting of publish; wins over --config. Repeatable.")
  private List<String> set = new ArrayList<>();

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "64",
      description = "Labelled images, spread evenly over the dataset.")
  private int images;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "cpu",
      description = "cpu, cuda or cuda:N.")
  private String device;

  @Mixin private JsonOption output;

  @Override
  public Integer call() {
    if (images < 1) {
      throw new UserMistakeException("--images: found " + images + ", expected 1 or more");
    }
    OpenCvLibrary.load();
    TeacherDescriptor descriptor = DescriptorYaml.read(teacher);
    PublishConfig dataset = ConfigLoader.load(config, settings(), PublishConfig.class);
    if (dataset.views().size().width() != descriptor.getInputWidth()
        || dataset.views().size().height() != descriptor.getInputHeight()) {
      throw new UserMistakeException(
          config
              + ": size: found "
              + dataset.views().size()
              + ", teacher '"
              + descriptor.getName()
              + "' expects "
              + descriptor.getInputWidth()
              + "x"
              + descriptor.getInputHeight());
    }
    try (Teacher opened =
        ModelFile.open(
            descriptor,
            model,
            RecordedOutputs.NEEDED,
            ComputeDevice.parse(device),
            Runtime.getRuntime().availableProcessors())) {
      List<String> warnings = new ArrayList<>();
      ResizeCheck.difference(config.toString(), dataset.views().resize().label(), descriptor)
          .ifPresent(warnings::add);
      report(new TeacherOnSamples(opened, dataset, images).readings(), warnings);
    }
    return ExitCode.DONE;
  }

  /** A name is only needed where something is published. */
  private List<String> settings() {
    List<String> settings = new ArrayList<>(set);
    settings.add("name=check");
    return settings;
  }

  /** What was measured, the reading as published first. */
  private record Result(List<Reading> readings, List<String> warnings) {}

  private void report(List<Reading> readings, List<String> warnings) {
    double published = readings.get(0).ap();
    for (Reading reading : readings) {
      if (reading.ap() >= published + BETTER) {
        warnings.add(
            String.format(
                Locale.ROOT,
                "%s does better by %.1f AP: correct the descriptor or the dataset's resize before"
                    + " recording",
                reading.what(),
                100 * (reading.ap() - published)));
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    if (output.json()) {
      out.println(JsonOption.text(new Result(readings, warnings)));
    } else {
      for (Reading reading : readings) {
        out.printf(Locale.ROOT, "AP %.3f  %s%n", reading.ap(), reading.what());
      }
      warnings.forEach(warning -> out.println("warning: " + warning));
    }
    out.flush();
  }
}
