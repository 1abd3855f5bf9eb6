package dev.lectern.cli;

import ai.djl.ndarray.NDManager;
import dev.lectern.cli.progress.Displays;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.Disagreement;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.detector.region.RegionRules;
import dev.lectern.report.inspect.InspectPage;
import dev.lectern.report.inspect.PixelPage;
import dev.lectern.report.inspect.RecordedOutputs;
import dev.lectern.report.inspect.RecordedViews;
import dev.lectern.report.inspect.SeenPixels;
import dev.lectern.report.inspect.SeenView;
import dev.lectern.report.inspect.StudentPass;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.RegionRule;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.TensorContainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lectern inspect}: pictures of a recording. */
@Command(
    name = "inspect",
    header = "Write pictures of a recording: boxes, regions, edge distributions.",
    description = {
      "Write an HTML page with views of a recording: annotations, the teacher's boxes as they are"
          + " recorded, a student's if one is given, the regions that losses use, and where the"
          + " edges of a box may lie. Of a teacher that gives pixels their classes: the label maps"
          + " of annotation, teacher and student, and where they differ."
    })
final class InspectCommand extends RecordingQuery {
  private static final double ANCHOR_STRIDES = 8;

  /** Views that are held at once on the way through a whole recording. */
  private static final int AT_ONCE = 64;

  @Parameters(paramLabel = "RECORDING", description = "Its name.")
  private String name;

  @Option(
      names = "--view",
      paramLabel = "ID",
      split = ",",
      description = "A view to show, e.g. 000000000139#0. Repeatable. Default: see --views")
  private List<String> viewIds;

  @Option(
      names = "--views",
      paramLabel = "N",
      defaultValue = "6",
      description = "Views to show, spread evenly over the recording.")
  private int views;

  @Option(names = "--split", description = "Only views of this split. Default: all")
  private String split;

  @Option(
      names = "--sort",
      paramLabel = "WHO",
      description =
          "Show the views that disagree most: teacher (with the annotations), student (with the"
              + " annotations) or both (student with teacher). Reads all views of the recording.")
  private Order order;

  @Option(
      names = "--class",
      paramLabel = "NAME",
      split = ",",
      description = "Draw boxes of these classes only. Repeatable. Default: all")
  private List<String> classes;

  @Option(
      names = "--student",
      paramLabel = "FILE",
      description = "Also run this student: student.safetensors of a run, or a checkpoint.")
  private Path studentFile;

  @Mixin private DeviceOptions device;
  @Mixin private ForceOption force;

  @Option(
      names = "--score",
      paramLabel = "P",
      defaultValue = "0.3",
      description = "Boxes of a lower score are not drawn.")
  private double score;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The page. Default: RECORDING.html in the working folder")
  private Path out;

  @Override
  void check() {
    if (views < 1) {
      throw new UserMistakeException("--views: found " + views + ", expected 1 or more");
    }
    if (!(score > 0 && score < 1)) {
      throw new UserMistakeException(
          "--score: found " + score + ", expected a number between 0 and 1");
    }
    if (viewIds != null && order != null) {
      throw new UserMistakeException("--sort: found --view with it, expected one of the two");
    }
    if (order != null && order != Order.TEACHER && studentFile == null) {
      throw new UserMistakeException("--sort: found no --student, expected one with it");
    }
    if (classes != null && (classes.isEmpty() || classes.stream().anyMatch(String::isBlank))) {
      throw new UserMistakeException(
          "--class: found an empty name, expected names of classes with commas between them");
    }
    if (viewIds != null && split != null) {
      throw new UserMistakeException("--split: found --view with it, expected one of the two");
    }
    Path folder = page().toAbsolutePath().getParent();
    if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new UserMistakeException(
          "--out "
              + page()
              + ": cannot be written: found no folder "
              + folder
              + " that can be written");
    }
    force.requireFree(page(), InspectPage.MARK, "--out");
  }

  /** Whose boxes, or classes of pixels, are compared. */
  private enum Order {
    TEACHER,
    STUDENT,
    BOTH;

    double of(SeenPixels seen) {
      return switch (this) {
        case TEACHER -> SeenPixels.difference(seen.teacher(), seen.truth());
        case STUDENT -> SeenPixels.difference(seen.student(), seen.truth());
        case BOTH -> SeenPixels.difference(seen.student(), seen.teacher());
      };
    }

    double of(SeenView seen, InspectPage.Subject subject) {
      return switch (this) {
        case TEACHER ->
            Disagreement.withTruth(subject.truth(seen.view()), subject.teacherBoxes(seen)).share();
        case STUDENT ->
            Disagreement.withTruth(subject.truth(seen.view()), subject.studentBoxes(seen)).share();
        case BOTH ->
            Disagreement.of(subject.teacherBoxes(seen), subject.studentBoxes(seen)).share();
      };
    }
  }

  private Path page() {
    return out == null ? Path.of(name + ".html") : out;
  }

  @Override
  int run(Map<String, Object> kafka, PrintWriter printed) {
    RecordingManifest recording;
    DatasetManifest dataset;
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      recording = manifests.requireRecording(name);
      dataset = manifests.requireDataset(recording.getDataset());
    }
    RecordedViews recorded = RecordedViews.read(kafka, recording);
    if (recording.getDescriptor().getTask() == Task.SEGMENTATION) {
      return pixels(kafka, recording, dataset, recorded, printed);
    }
    Set<Integer> labels = labels(dataset);
    Path page = page();
    try (NDManager manager = studentFile == null ? null : device.device().newManager();
        Detector student = studentFile == null ? null : StudentFile.open(studentFile, manager)) {
      StudentPass pass = student == null ? null : new StudentPass(student, dataset);
      RecordedOutputs outputs = new RecordedOutputs(recording, dataset);
      InspectPage.Subject subject =
          new InspectPage.Subject(
              recording,
              dataset.getClassNames(),
              outputs.decoder(),
              pass == null ? null : pass.decoder(),
              priors(recording, student == null ? null : student.spec()),
              score,
              labels);
      List<SeenView> shown = shown(kafka, subject, recorded, outputs, pass);
      InspectPage.of(subject, shown).write(page);
      printed.printf("%s: %d views of recording '%s'%n", page, shown.size(), name);
    } catch (IOException e) {
      throw new UserMistakeException(
          "--out " + page + ": cannot be written: " + FileError.reason(e), e);
    }
    return ExitCode.DONE;
  }

  /** The page of a recording that gives pixels their classes. */
  private int pixels(
      Map<String, Object> kafka,
      RecordingManifest recording,
      DatasetManifest dataset,
      RecordedViews recorded,
      PrintWriter printed) {
    if (classes != null) {
      throw new UserMistakeException(
          "--class: recording '" + name + "' gives pixels their classes, expected boxes");
    }
    Path page = page();
    try (NDManager manager = studentFile == null ? null : device.device().newManager();
        Detector student = studentFile == null ? null : StudentFile.open(studentFile, manager);
        ViewReader reader = new ViewReader(kafka, recording.getDataset());
        PayloadReader payloads = new PayloadReader(kafka, name)) {
      InspectedPixels pixels = new InspectedPixels(recording, dataset, student);
      List<IndexEntry> entries = entries(recorded);
      List<SeenPixels> shown;
      try (Progress progress =
          Displays.standardError().start("inspect " + name, "views", entries.size())) {
        Function<List<IndexEntry>, List<SeenPixels>> source =
            part -> pixels.read(reader, payloads, part, progress);
        shown =
            order == null
                ? source.apply(entries)
                : mostDisagreeing(entries, source, seen -> order.of(seen));
      }
      PixelPage.of(recording, pixels.names(), shown).write(page);
      printed.printf("%s: %d views of recording '%s'%n", page, shown.size(), name);
    } catch (IOException e) {
      throw new UserMistakeException(
          "--out " + page + ": cannot be written: " + FileError.reason(e), e);
    }
    return ExitCode.DONE;
  }

  /** The views to read: those to show, or all to choose from. */
  private List<IndexEntry> entries(RecordedViews recorded) {
    return order == null
        ? chosen(recorded)
        : (split == null ? recorded : recorded.ofSplit(split)).all();
  }

  private List<IndexEntry> chosen(RecordedViews recorded) {
    if (viewIds != null) {
      return recorded.named(viewIds);
    }
    List<IndexEntry> spread = (split == null ? recorded : recorded.ofSplit(split)).spread(views);
    if (spread.isEmpty()) {
      throw new UserMistakeException("recording '" + name + "': no view is recorded yet");
    }
    return spread;
  }

  /** Labels of the classes that are asked for. */
  private Set<Integer> labels(DatasetManifest dataset) {
    Set<Integer> labels = new TreeSet<>();
    for (String wanted : classes == null ? List.<String>of() : classes) {
      int label = dataset.getClassNames().indexOf(wanted);
      if (label < 0) {
        throw new UserMistakeException(
            "--class: dataset '"
                + dataset.getName()
                + "' has no class '"
                + wanted
                + "'"
                + Nearest.hint(wanted, dataset.getClassNames()));
      }
      labels.add(label);
    }
    return labels;
  }

  private List<SeenView> shown(
      Map<String, Object> kafka,
      InspectPage.Subject subject,
      RecordedViews recorded,
      RecordedOutputs outputs,
      StudentPass student) {
    List<IndexEntry> entries = entries(recorded);
    try (ViewReader reader = new ViewReader(kafka, subject.recording().getDataset());
        PayloadReader payloads = new PayloadReader(kafka, name);
        Progress progress =
            Displays.standardError().start("inspect " + name, "views", entries.size())) {
      Source source = new Source(reader, payloads, outputs, student, progress);
      return order == null
          ? source.read(entries)
          : mostDisagreeing(entries, source::read, seen -> order.of(seen, subject));
    }
  }

  /** Goes through the recording in parts, so that only what is shown is kept. */
  private <T> List<T> mostDisagreeing(
      List<IndexEntry> all,
      Function<List<IndexEntry>, List<T>> source,
      ToDoubleFunction<T> disagreement) {
    List<Map.Entry<Double, T>> kept = new ArrayList<>();
    for (int from = 0; from < all.size(); from += AT_ONCE) {
      for (T seen : source.apply(all.subList(from, Math.min(from + AT_ONCE, all.size())))) {
        kept.add(Map.entry(disagreement.applyAsDouble(seen), seen));
      }
      kept.sort(Map.Entry.<Double, T>comparingByKey().reversed());
      kept.subList(Math.min(views, kept.size()), kept.size()).clear();
    }
    return kept.stream().map(Map.Entry::getValue).toList();
  }

  /** Where views and outputs come from. */
  private record Source(
      ViewReader reader,
      PayloadReader payloads,
      RecordedOutputs outputs,
      StudentPass student,
      Progress progress) {
    List<SeenView> read(List<IndexEntry> entries) {
      List<SeenView> seen = new ArrayList<>();
      List<View> views = RecordedViews.pixels(reader, entries);
      for (int i = 0; i < views.size(); i++) {
        TensorContainer scores = container(payloads, entries.get(i), TensorKind.CLASS_SCORES);
        Outputs<float[]> teacher =
            outputs.of(scores, container(payloads, entries.get(i), TensorKind.BOX_LOGITS));
        seen.add(
            new SeenView(
                views.get(i),
                teacher,
                outputs.positions(scores),
                student == null ? null : student.of(views.get(i))));
        progress.advance(1);
      }
      return seen;
    }
  }

  private static TensorContainer container(
      PayloadReader payloads, IndexEntry entry, TensorKind kind) {
    return TensorContainer.open(payloads.read(entry.getReceipt(), kind));
  }

  /** The student's; or those of the recorded regions; or usual ones on the teacher's levels. */
  private static RegionPriors priors(RecordingManifest recording, DetectorSpec student) {
    if (student != null && Families.of(student).task() == Task.DETECTION) {
      return RegionRules.atssVlr(
          student.strides(), Families.of(student).anchors(student), AtssAssigner.DEFAULT.topk());
    }
    return recording.getEncodings().stream()
        .flatMap(kind -> kind.getPriors().stream())
        .filter(rule -> rule.getRule() == RegionRule.ATSS_VLR)
        .findFirst()
        .orElseGet(
            () ->
                RegionRules.atssVlr(
                    TensorLayout.strides(recording.getDescriptor()),
                    AnchorGenerator.square(
                        ANCHOR_STRIDES, recording.getDescriptor().getPriors().getGridOffset()),
                    AtssAssigner.DEFAULT.topk()));
  }
}
