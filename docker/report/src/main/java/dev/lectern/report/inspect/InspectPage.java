package dev.lectern.report.inspect;

import dev.lectern.detector.box.Detection;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.box.DetectionDecoder.Limits;
import dev.lectern.detector.box.Disagreement;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.region.RegionRules;
import dev.lectern.report.Figure;
import dev.lectern.report.Page;
import dev.lectern.report.Tone;
import dev.lectern.schemas.file.OutputFile;
import dev.lectern.schemas.log.EncodingText;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.View;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
   * @param shownClasses boxes of other classes are not drawn; empty for all
   */
  public record Subject(
      RecordingManifest recording,
      List<String> classNames,
      DetectionDecoder teacher,
      DetectionDecoder student,
      RegionPriors priors,
      double shownScore,
      Set<Integer> shownClasses) {
    public Subject {
      classNames = List.copyOf(classNames);
      shownClasses = Set.copyOf(shownClasses);
    }

    boolean shows(int label) {
      return shownClasses.isEmpty() || shownClasses.contains(label);
    }

    /** What the teacher finds that is drawn, the best first. */
    public List<Detection> teacherBoxes(SeenView seen) {
      return boxes(seen.view(), seen.teacher(), teacher);
    }

    /** What the student finds that is drawn, the best first. */
    public List<Detection> studentBoxes(SeenView seen) {
      return boxes(seen.view(), seen.student(), student);
    }

    /** Annotations that are drawn. */
    public List<GroundTruth> truth(View view) {
      return view.getGroundTruth().stream().filter(object -> shows(object.getLabel())).toList();
    }

    private List<Detection> boxes(View view, Outputs<float[]> outputs, DetectionDecoder decoder) {
      return decoder
          .with(Limits.above(shownScore))
          .decode(outputs, view.getValidWidth(), view.getValidHeight())
          .stream()
          .filter(found -> shows(found.label()))
          .toList();
    }
  }

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
            + ", "
            + RegionRules.anchors(subject.priors()).anchorsPerCell()
            + " anchors a cell, the smallest of "
            + subject.priors().getOctaveBaseScale()
            + " strides, and "
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
      page.paragraph(agreement(subject, seen));
      ViewFigures figures = new ViewFigures(seen, subject);
      page.narrow(figures.photos());
      List<Figure> edges = figures.edges();
      if (!edges.isEmpty()) {
        page.narrow(edges);
      }
    }
    return page;
  }

  private static String agreement(Subject subject, SeenView seen) {
    List<Detection> teacher = subject.teacherBoxes(seen);
    String text =
        "Teacher: " + ofTruth(Disagreement.withTruth(subject.truth(seen.view()), teacher));
    if (seen.student() == null) {
      return text + ".";
    }
    List<Detection> student = subject.studentBoxes(seen);
    Disagreement both = Disagreement.of(teacher, student);
    return text
        + ". Student: "
        + ofTruth(Disagreement.withTruth(subject.truth(seen.view()), student))
        + ". Both find "
        + count(both.matched(), "box", "boxes")
        + ", the teacher alone "
        + both.first()
        + ", the student alone "
        + both.second()
        + ".";
  }

  private static String ofTruth(Disagreement with) {
    return count(with.matched(), "object", "objects")
        + " found, "
        + with.first()
        + " missed, "
        + count(with.second(), "box matches", "boxes match")
        + " no annotation";
  }

  private static String count(int count, String one, String more) {
    return count + " " + (count == 1 ? one : more);
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
