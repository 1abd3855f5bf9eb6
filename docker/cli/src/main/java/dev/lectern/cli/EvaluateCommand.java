package dev.lectern.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.report.Page;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.file.OutputFile;
import dev.lectern.schemas.record.Task;
import dev.lectern.trainer.eval.CategoryMetrics;
import dev.lectern.trainer.eval.CocoEvaluator;
import dev.lectern.trainer.eval.CocoJson;
import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.eval.ConfusionMatrix;
import dev.lectern.trainer.eval.Detection;
import dev.lectern.trainer.eval.GroundTruthSet;
import dev.lectern.trainer.eval.Measurement;
import dev.lectern.trainer.eval.PixelFigures;
import dev.lectern.trainer.replay.ClassMap;
import dev.lectern.trainer.train.PixelEvaluator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lectern evaluate}: COCO figures of detections, of a recorded teacher, of a student. */
@Command(
    name = "evaluate",
    header = "Measure detections, a recorded teacher or a student as COCO does.",
    description = {
      "Measure detections as COCO does: AP and AR over overlaps 0.50 to 0.95, by object size.",
      "Give a detections file with its ground truth; or a recording, to measure the outputs of its"
          + " teacher as read back from Kafka; or a recording and a student, to run the student on its"
          + " views. Classes of pixels are measured with label maps: mIoU and mean accuracy."
    })
final class EvaluateCommand implements Callable<Integer> {
  /** Recognises a page of this command. */
  private static final OutputFile.Mark PAGE = Page.mark("evaluate");

  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private Source source;

  @Option(
      names = "--json",
      description = "One JSON object on standard output: AP, AP50, AP75, APs, APm, APl, AR1, ...")
  private boolean json;

  @Option(
      names = "--details",
      description =
          "Also AP and recall of every class and the confusion matrix; with --json also precision"
              + " over recall")
  private boolean details;

  @Option(
      names = "--page",
      paramLabel = "FILE",
      description =
          "Also write an HTML page with the figures of every class, precision over recall and the"
              + " confusions")
  private Path page;

  @Mixin private ForceOption force;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description =
          "With --recording: the views of this split. Default: all of a teacher's, val of a"
              + " student's")
  private String split;

  @Mixin private DeviceOptions device;
  @Mixin private ConnectionOptions connection;

  /** Of a recorded teacher. */
  private RecordedShare share;

  /** One of the ways to say what is measured. */
  private static final class Source {
    @ArgGroup(exclusive = false, heading = "Detections in a file:%n")
    Files files;

    @ArgGroup(
        exclusive = false,
        heading = "The teacher of a recording, or a student on its views:%n")
    Recorded recorded;
  }

  private static final class Files {
    @Option(
        names = "--ground-truth",
        paramLabel = "FILE.json",
        required = true,
        description = "COCO annotations.")
    Path groundTruth;

    @Option(
        names = "--detections",
        paramLabel = "FILE.json",
        required = true,
        description = "COCO results: image_id, category_id, bbox, score.")
    Path detections;
  }

  private static final class Recorded {
    @Option(
        names = "--recording",
        paramLabel = "NAME",
        required = true,
        description = "Its class scores and box logits are decoded (score > 0.05, IoU 0.6, 100).")
    String recording;

    @Option(
        names = {"--student", "--checkpoint"},
        paramLabel = "FILE",
        description = "student.safetensors of a run, or one of its checkpoints.")
    Path student;

    @Option(
        names = "--class",
        paramLabel = "NAME=CLASSES",
        mapFallbackValue = "",
        description =
            "A class that is measured, and those of dataset and teacher that stand for it, with commas:"
                + " vehicle=car,bus,truck. Give it for each class; of a student, in the order of its"
                + " run's key classes. Default: the dataset's classes, matched by name")
    Map<String, String> classes = new LinkedHashMap<>();
  }

  @Override
  public Integer call() throws Exception {
    if (page != null) {
      force.requireFree(page, PAGE, "--page");
    }
    PrintWriter out = spec.commandLine().getOut();
    if (source.recorded != null && givesPixels()) {
      if (page != null) {
        throw new UserMistakeException(
            "--page: found classes of pixels, expected boxes; --json has every class");
      }
      PixelFigures figures = ofPixels();
      out.println(json ? withShare(figures) : figures.summary());
    } else {
      Measured measured = source.files != null ? ofFiles() : ofRecording();
      if (page != null) {
        write(measured);
      }
      out.println(json ? inJson(measured) : text(measured));
    }
    out.flush();
    return ExitCode.DONE;
  }

  private void write(Measured measured) {
    try {
      EvaluationPage.of(subject(), "evaluate", measured.truth, measured.detections).write(page);
    } catch (IOException e) {
      throw new UserMistakeException(
          "--page " + page + ": cannot be written: " + FileError.reason(e), e);
    }
  }

  private String subject() {
    if (source.files != null) {
      return "Detections " + source.files.detections.getFileName();
    }
    Recorded of = source.recorded;
    return of.student == null
        ? "The teacher of recording " + of.recording
        : "Student " + of.student + " on recording " + of.recording;
  }

  private boolean givesPixels() throws InterruptedException {
    if (source.recorded.student != null) {
      device.device(); // refused before anything is opened
      return StudentFile.task(source.recorded.student) == Task.SEGMENTATION;
    }
    Map<String, Object> kafka = connection.clientProperties();
    BrokerCheck.answers(kafka);
    return RecordedPixels.are(kafka, source.recorded.recording);
  }

  private PixelFigures ofPixels() throws InterruptedException {
    Map<String, Object> kafka = connection.clientProperties();
    if (source.recorded.student == null) {
      return RecordedPixels.of(kafka, source.recorded.recording)
          .evaluate(split, classes(), this::warnOfGap);
    }
    TorchDevice on = device.device();
    BrokerCheck.answers(kafka);
    return RecordedStudent.evaluate(
            kafka,
            source.recorded.recording,
            source.recorded.student,
            classes(),
            split == null ? "val" : split,
            on,
            (student, dataset, batches) -> new PixelEvaluator(student, dataset).evaluate(batches))
        .figures();
  }

  /** What there is, and what a detector found of it. */
  private record Measured(GroundTruthSet truth, List<Detection> detections) {
    static Measured of(Measurement measurement) {
      return new Measured(measurement.truth(), measurement.detections());
    }

    CocoMetrics metrics() {
      return CocoEvaluator.evaluate(truth, detections);
    }

    ConfusionMatrix confusion() {
      return ConfusionMatrix.of(truth, detections);
    }
  }

  private void warnOfGap(RecordedShare found) {
    share = found;
    PrintWriter err = spec.commandLine().getErr();
    found.gap().ifPresent(gap -> err.println("warning: " + gap));
    err.flush();
  }

  private ObjectNode withShare(Object figures) {
    ObjectNode node = new JsonMapper().valueToTree(figures);
    if (share != null) {
      share.addTo(node);
    }
    return node;
  }

  private ObjectNode inJson(Measured measured) {
    JsonMapper mapper = new JsonMapper();
    ObjectNode node = withShare(measured.metrics());
    if (details) {
      node.set(
          "precisionRecall",
          mapper.valueToTree(CocoEvaluator.curves(measured.truth, measured.detections)));
      node.set("confusion", mapper.valueToTree(measured.confusion()));
    }
    return node;
  }

  private String text(Measured measured) {
    CocoMetrics metrics = measured.metrics();
    if (!details) {
      return metrics.summary();
    }
    StringBuilder text = new StringBuilder(metrics.summary());
    text.append(String.format(Locale.ROOT, "%n%n %-20s     AP   AP50   AP75  AR100", "class"));
    for (CategoryMetrics of : metrics.perCategory()) {
      text.append(
          of.ap() < 0
              ? String.format(Locale.ROOT, "%n %-20s   no objects", of.name())
              : String.format(
                  Locale.ROOT,
                  "%n %-20s %6.3f %6.3f %6.3f %6.3f",
                  of.name(),
                  of.ap(),
                  of.ap50(),
                  of.ap75(),
                  of.ar100()));
    }
    return text.append(String.format("%n%n")).append(measured.confusion().table()).toString();
  }

  private Measured ofFiles() {
    GroundTruthSet truth = CocoJson.readGroundTruth(source.files.groundTruth);
    return new Measured(truth, CocoJson.readDetections(source.files.detections, truth));
  }

  private Measured ofRecording() throws InterruptedException {
    Map<String, Object> kafka = connection.clientProperties();
    if (source.recorded.student != null) {
      TorchDevice on = device.device();
      BrokerCheck.answers(kafka);
      return Measured.of(
          RecordedStudent.evaluate(
              kafka,
              source.recorded.recording,
              source.recorded.student,
              classes(),
              split == null ? "val" : split,
              on,
              RecordedStudent::ofBoxes));
    }
    BrokerCheck.answers(kafka);
    return Measured.of(
        new RecordedTeacher(kafka, source.recorded.recording)
            .evaluate(split, classes(), this::warnOfGap));
  }

  /** What the classes stand for by which a teacher or a student is measured. */
  private ClassMap classes() {
    Map<String, Object> given = new LinkedHashMap<>();
    source.recorded.classes.forEach(
        (name, of) -> given.put(name, of.isBlank() ? null : List.of(of.split("\\s*,\\s*"))));
    try {
      return ClassMap.of(given);
    } catch (IllegalArgumentException e) {
      throw new UserMistakeException("--class: " + e.getMessage(), e);
    }
  }
}
