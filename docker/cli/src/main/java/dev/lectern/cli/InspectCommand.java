package dev.lectern.cli;

import ai.djl.ndarray.NDManager;
import dev.lectern.cli.progress.Displays;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.network.Outputs;
import dev.lectern.report.inspect.InspectPage;
import dev.lectern.report.inspect.RecordedOutputs;
import dev.lectern.report.inspect.RecordedViews;
import dev.lectern.report.inspect.SeenView;
import dev.lectern.report.inspect.StudentPass;
import dev.lectern.schemas.config.FileError;
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
import java.util.Optional;
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
          + " edges of a box may lie."
    })
final class InspectCommand extends RecordingQuery {
  private static final double ANCHOR_STRIDES = 8;
  private static final int ATSS_CANDIDATES = 9;

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
    List<IndexEntry> entries = chosen(RecordedViews.read(kafka, recording));
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
              score);
      InspectPage.of(subject, seen(kafka, recording, entries, outputs, pass)).write(page);
    } catch (IOException e) {
      throw new UserMistakeException(
          "--out " + page + ": cannot be written: " + FileError.reason(e), e);
    }
    printed.printf("%s: %d views of recording '%s'%n", page, entries.size(), name);
    return ExitCode.DONE;
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

  private static List<SeenView> seen(
      Map<String, Object> kafka,
      RecordingManifest recording,
      List<IndexEntry> entries,
      RecordedOutputs outputs,
      StudentPass student) {
    List<SeenView> seen = new ArrayList<>();
    try (ViewReader reader = new ViewReader(kafka, recording.getDataset());
        PayloadReader payloads = new PayloadReader(kafka, recording.getName());
        Progress shown =
            Displays.standardError()
                .start("inspect " + recording.getName(), "views", entries.size())) {
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
        shown.advance(1);
      }
    }
    return seen;
  }

  private static TensorContainer container(
      PayloadReader payloads, IndexEntry entry, TensorKind kind) {
    return TensorContainer.open(payloads.read(entry.getReceipt(), kind));
  }

  /** The student's; or those of the recorded regions; or usual ones on the teacher's levels. */
  private static RegionPriors priors(RecordingManifest recording, DetectorSpec student) {
    Optional<RegionPriors> ofStudent =
        Optional.ofNullable(student)
            .flatMap(spec -> Families.of(spec).regions(spec, ATSS_CANDIDATES));
    if (ofStudent.isPresent()) {
      return ofStudent.get();
    }
    return recording.getEncodings().stream()
        .flatMap(kind -> kind.getPriors().stream())
        .findFirst()
        .orElseGet(
            () ->
                new RegionPriors(
                    TensorLayout.strides(recording.getDescriptor()),
                    recording.getDescriptor().getPriors().getGridOffset(),
                    ANCHOR_STRIDES,
                    ATSS_CANDIDATES));
  }
}
