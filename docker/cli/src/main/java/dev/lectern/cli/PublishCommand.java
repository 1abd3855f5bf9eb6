package dev.lectern.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.producer.publish.PublishApp;
import dev.lectern.producer.publish.PublishConfig;
import dev.lectern.producer.publish.PublishResult;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.view.OpenCvLibrary;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.PrintWriter;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lectern publish}: a dataset becomes views on Kafka. */
@Command(
    name = "publish",
    modelTransformer = KeyOptionsModel.class,
    header = "Turn a dataset into views on Kafka.",
    description = {
      "Turn an annotated dataset into views on Kafka: the network inputs exactly as teacher and"
          + " students will see them, with their ground truth.",
      "Publishing the same dataset again changes nothing; a run that was stopped goes on where it"
          + " ended.",
      "A name such as mini@2 publishes mini again with more images; the views that are there are"
          + " shared."
    })
@KeyOptions(
    of = PublishConfig.class,
    keys = {
      "name",
      "format",
      "annotations PATH",
      "images DIR",
      "split",
      "split-file FILE",
      "class-names NAME",
      "class-names-file FILE",
      "difficult-objects WHAT",
      "size WxH",
      "resize",
      "padding GREY",
      "views-per-image",
      "seed",
      "plan",
      "plain-splits SPLIT",
      "pixel-format FORMAT",
      "jpeg-quality",
      "png-compression",
      "partitions",
      "threads"
    })
final class PublishCommand extends RoleCommand<PublishConfig> {
  @Mixin private JsonOption output;

  PublishCommand() {
    super(PublishConfig.class);
  }

  @Override
  Role role(
      PublishConfig config,
      Map<String, Object> kafka,
      Progress.Factory progress,
      MeterRegistry registry) {
    OpenCvLibrary.load();
    PublishApp app = new PublishApp(config, kafka, progress, registry);
    return new Role() {
      @Override
      public Outcome run(PrintWriter out) {
        PublishResult result = app.run();
        if (output.json()) {
          out.println(JsonOption.text(new Published(config.name(), result)));
        } else {
          report(config.name(), result, out);
        }
        return result.state() == State.SEALED ? Outcome.DONE : Outcome.UNFINISHED;
      }

      @Override
      public void stop() {
        app.stop();
      }
    };
  }

  /** A dataset and what became of it. */
  private record Published(String dataset, @JsonUnwrapped PublishResult result) {}

  private static void report(String name, PublishResult result, PrintWriter out) {
    out.printf(
        "dataset %s: %s, %d views of %d images with %d objects %s%n",
        name,
        result.state(),
        result.views(),
        result.images(),
        result.objects(),
        new TreeMap<>(result.splits()));
    out.printf(
        "this run: %d views published (%.1f MB), %d were there already%n",
        result.published(), result.publishedBytes() / 1e6, result.skipped());
    new TreeMap<>(result.problems())
        .forEach((problem, count) -> out.printf("problem %s: %d%n", problem, count));
    if (!result.digest().isEmpty()) {
      out.println("digest " + result.digest());
    }
  }
}
