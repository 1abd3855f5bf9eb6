package dev.lectern.cli;

import dev.lectern.producer.augment.ResizeMode;
import dev.lectern.producer.dataset.DatasetFormat;
import dev.lectern.producer.dataset.DifficultObjects;
import dev.lectern.producer.publish.PublishApp;
import dev.lectern.producer.publish.PublishConfig;
import dev.lectern.producer.publish.PublishResult;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.view.OpenCvLibrary;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lectern publish}: a dataset becomes views on Kafka. */
@Command(
    name = "publish",
    header = "Turn a dataset into views on Kafka.",
    description = {
      "Turn an annotated dataset into views on Kafka: the network inputs exactly as teacher and"
          + " students will see them, with their ground truth.",
      "Publishing the same dataset again changes nothing; a run that was stopped goes on where it"
          + " ended."
    })
@SuppressWarnings("UnusedVariable") // options are read by picocli and SettingOptions
final class PublishCommand extends RoleCommand<PublishConfig> {
  @ArgGroup(exclusive = false, heading = "%nSettings, also keys of --config:%n")
  private Settings own;

  private static final class Settings {
    @Option(
        names = "--name",
        description = "Name of the dataset: the prefix of its topics. Required.")
    String name;

    @Option(names = "--format", description = "Annotations: ${COMPLETION-CANDIDATES}. Required.")
    DatasetFormat format;

    @Option(
        names = "--annotations",
        paramLabel = "PATH",
        description =
            "COCO: the JSON file. VOC: the folder of XML files. YOLO: the folder of label files, by"
                + " default images -> labels.")
    Path annotations;

    @Option(
        names = "--images",
        paramLabel = "DIR",
        description = "Folder that image names are relative to. Required.")
    Path images;

    @Option(
        names = "--split",
        description =
            "Name of the split. Default: train, val or test if a file name says so, else train.")
    String split;

    @Option(
        names = "--split-file",
        paramLabel = "FILE",
        description =
            "Images to take, one name or path per line. VOC: by default"
                + " ImageSets/Main/<split>.txt beside the annotations.")
    Path splitFile;

    @Option(
        names = "--class-names",
        split = ",",
        paramLabel = "NAME",
        description = "Classes in the order of their labels. Default: those of the annotations.")
    java.util.List<String> classNames;

    @Option(
        names = "--class-names-file",
        paramLabel = "FILE",
        description = "YAML with the key names, or one name per line.")
    Path classNamesFile;

    @Option(
        names = "--difficult-objects",
        description = "VOC: ${COMPLETION-CANDIDATES}. Default: ignore")
    DifficultObjects difficultObjects;

    @Option(names = "--size", paramLabel = "WxH", description = "Canvas. Default: 416x416")
    String size;

    @Option(names = "--resize", description = "${COMPLETION-CANDIDATES}. Default: letterbox")
    ResizeMode resize;

    @Option(
        names = "--padding",
        paramLabel = "GREY",
        description = "Value of the canvas outside the image, 0 to 255. Default: 114")
    Integer padding;

    @Option(
        names = "--views-per-image",
        paramLabel = "N",
        description = "One plain view and N - 1 augmented ones. Default: 1")
    Integer viewsPerImage;

    @Option(names = "--seed", paramLabel = "N", description = "Of the augmentation. Default: 0")
    Long seed;

    @Option(
        names = "--plan",
        paramLabel = "PLAN",
        description =
            "Steps of the augmented views: a YAML file, or plain, mmdetection-1x, nanodet or yolov8."
                + " Default: the ranges of the key augment")
    String plan;

    @Option(
        names = "--plain-splits",
        split = ",",
        paramLabel = "SPLIT",
        description =
            "Splits of which only the plain views are published. Default: val and test, if there"
                + " are others")
    java.util.List<String> plainSplits;

    @Option(names = "--pixel-format", description = "${COMPLETION-CANDIDATES}. Default: png")
    PixelFormat pixelFormat;

    @Option(names = "--jpeg-quality", paramLabel = "N", description = "1 to 100. Default: 95")
    Integer jpegQuality;

    @Option(names = "--png-compression", paramLabel = "N", description = "0 to 9. Default: 1")
    Integer pngCompression;

    @Option(
        names = "--partitions",
        paramLabel = "N",
        description = "Partitions of topics that are made. Default: 4")
    Integer partitions;

    @Option(
        names = "--threads",
        paramLabel = "N",
        description = "Threads that decode, resize and encode. Default: one per core")
    Integer threads;
  }

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
        report(config.name(), result, out);
        return result.state() == State.SEALED ? Outcome.DONE : Outcome.UNFINISHED;
      }

      @Override
      public void stop() {
        app.stop();
      }
    };
  }

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
