package dev.lectern.cli;

import dev.lectern.producer.publish.PublishConfig;
import dev.lectern.producer.publish.SampleViews;
import dev.lectern.report.inspect.ContactSheet;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.view.OpenCvLibrary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lectern preview}: what a view plan makes of some images. */
@Command(
    name = "preview",
    header = "Write pictures of the views that publish would make.",
    description = {
      "Write an HTML page with the views that lectern publish would make of some labelled images:"
          + " the same pixels and boxes. Needs no broker and publishes nothing."
    })
final class PreviewCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE.yaml",
      required = true,
      description = "The settings of lectern publish.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "One setting of publish, e.g. plan=yolov8 or views-per-image=8; wins over --config."
              + " Repeatable.")
  private List<String> set = new ArrayList<>();

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "6",
      description = "Labelled images, spread evenly over the dataset.")
  private int images;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "views.html",
      description = "The page.")
  private Path out;

  @Mixin private ForceOption force;

  @Override
  public Integer call() {
    if (images < 1) {
      throw new UserMistakeException("--images: found " + images + ", expected 1 or more");
    }
    force.requireFree(out, ContactSheet.MARK, "--out");
    OpenCvLibrary.load();
    List<String> settings = new ArrayList<>(set);
    settings.add("name=preview");
    PublishConfig dataset = ConfigLoader.load(config, settings, PublishConfig.class);
    SampleViews sample = SampleViews.of(dataset, images);
    try {
      ContactSheet.of(planName(dataset), sample.dataset().getClassNames(), sample.views())
          .write(out);
    } catch (IOException e) {
      throw new UserMistakeException(
          "--out " + out + ": cannot be written: " + FileError.reason(e), e);
    }
    spec.commandLine().getOut().printf("%s: %d views%n", out, sample.views().size());
    spec.commandLine().getOut().flush();
    return ExitCode.DONE;
  }

  private static String planName(PublishConfig dataset) {
    String plan = dataset.views().plan();
    return plan == null ? "of the key augment" : plan;
  }
}
