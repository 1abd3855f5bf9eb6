package dev.lectern.report.inspect;

import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.report.EdgeChart;
import dev.lectern.report.Page;
import dev.lectern.report.Tone;
import dev.lectern.schemas.file.OutputFile;
import dev.lectern.schemas.log.EncodingText;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.View;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lays out what there is to see of a recording. */
public final class InspectPage {
  /** Recognises a page of this kind. */
  public static final OutputFile.Mark MARK = Page.mark("inspect");

  private InspectPage() {}

  /**
   * What all views of the page have in common.
   *
   * @param classNames of the dataset
   * @param teacher decodes what the teacher gives
   * @param student the same; null without a student
   * @param priors by which regions are drawn
   * @param shownScore boxes of a lower score are not drawn
   */
  public record Subject(
      RecordingManifest recording,
      List<String> classNames,
      DetectionDecoder teacher,
      DetectionDecoder student,
      RegionPriors priors,
      double shownScore) {}

  /** The page. */
  public static Page of(Subject subject, List<SeenView> views) {
    boolean student = views.stream().anyMatch(view -> view.student() != null);
    RecordingManifest recording = subject.recording();
    Page page = new Page("Recording " + recording.getName(), "inspect");
    page.paragraph(
        "Dataset "
            + recording.getDataset()
            + ", teacher "
            + recording.getDescriptor().getName()
            + ". The teacher's boxes are decoded from the recording; boxes have a score above "
            + subject.shownScore()
            + ".");
    page.table(
        List.of("recorded", ""),
        recording.getEncodings().stream()
            .map(kind -> List.of(kind.getKind().toString(), EncodingText.of(kind)))
            .toList());
    page.paragraph(
        "Regions are those of a student with strides "
            + subject.priors().getStrides()
            + ", square anchors of "
            + subject.priors().getOctaveBaseScale()
            + " strides and "
            + subject.priors().getTopk()
            + " candidates a level. The bars are where an edge of a box may lie, in strides from"
            + " the cell, of the object that the teacher recognises but is least sure of; the"
            + " dashed line is the annotation.");
    page.key(key(student));
    for (SeenView seen : views) {
      View view = seen.view();
      page.heading(
          view.getViewId()
              + ", split "
              + view.getSplit()
              + ", "
              + view.getGroundTruth().size()
              + (view.getGroundTruth().size() == 1 ? " object" : " objects"));
      ViewFigures figures = new ViewFigures(seen, subject);
      page.narrow(figures.photos());
      List<EdgeChart> edges = figures.edges();
      if (!edges.isEmpty()) {
        page.narrow(edges);
      }
    }
    return page;
  }

  private static Map<Tone, String> key(boolean student) {
    Map<Tone, String> names = new LinkedHashMap<>();
    names.put(Tone.TRUTH, "annotation");
    names.put(Tone.TEACHER, "teacher");
    if (student) {
      names.put(Tone.STUDENT, "student");
    }
    names.put(Tone.MAIN, "positive of the assigner");
    names.put(Tone.VALUABLE, "valuable localization region");
    return names;
  }
}
