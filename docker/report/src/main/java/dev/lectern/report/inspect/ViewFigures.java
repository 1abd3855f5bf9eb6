package dev.lectern.report.inspect;

import dev.lectern.detector.box.Detection;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.report.EdgeChart;
import dev.lectern.report.Figure;
import dev.lectern.report.Photo;
import dev.lectern.report.Picture;
import dev.lectern.report.Tone;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.View;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The pictures and charts of one view. */
final class ViewFigures {
  private static final List<String> EDGES = List.of("left", "top", "right", "bottom");

  private final SeenView seen;
  private final InspectPage.Subject subject;
  private final Picture picture;
  private final List<Photo.Frame> truth = new ArrayList<>();

  ViewFigures(SeenView seen, InspectPage.Subject subject) {
    this.seen = seen;
    this.subject = subject;
    this.picture = picture(seen.view());
    truth.addAll(annotations(subject.truth(seen.view()), subject.classNames()));
  }

  /** Annotated boxes with the names of their classes. */
  static List<Photo.Frame> annotations(List<GroundTruth> objects, List<String> classNames) {
    List<Photo.Frame> frames = new ArrayList<>();
    for (GroundTruth object : objects) {
      frames.add(
          new Photo.Frame(
              Tone.TRUTH,
              classNames.get(object.getLabel()) + (object.getCrowd() ? " (crowd)" : ""),
              object.getX1(),
              object.getY1(),
              object.getX2(),
              object.getY2()));
    }
    return frames;
  }

  /** The pixels of a view. */
  static Picture picture(View view) {
    ByteBuffer pixels = view.getPixels().duplicate();
    byte[] file = new byte[pixels.remaining()];
    pixels.get(file);
    return new Picture(
        "view-" + view.getViewId(),
        view.getPixelFormat() == PixelFormat.PNG ? "image/png" : "image/jpeg",
        file,
        view.getWidth(),
        view.getHeight());
  }

  private String name(int label) {
    return subject.classNames().get(label);
  }

  /** Annotations, boxes of teacher and student, regions, and what is recorded if not all is. */
  List<Photo> photos() {
    List<Photo> photos = new ArrayList<>();
    photos.add(photo("annotations", List.of(), List.of(), Tone.TRUTH));
    photos.add(
        photo("teacher", List.of(), boxes(subject.teacherBoxes(seen), Tone.TEACHER), Tone.TEACHER));
    if (seen.student() != null) {
      photos.add(
          photo(
              "student", List.of(), boxes(subject.studentBoxes(seen), Tone.STUDENT), Tone.STUDENT));
    }
    ObjectRegions regions = ObjectRegions.of(seen.view(), subject.priors());
    List<Photo.Frame> cells = new ArrayList<>();
    regions.valuable().forEach(cell -> cells.add(area(cell, Tone.VALUABLE)));
    regions.main().forEach(cell -> cells.add(area(cell, Tone.MAIN)));
    photos.add(
        photo(
            "regions: "
                + regions.main().size()
                + " positives, "
                + regions.valuable().size()
                + " valuable positions",
            cells,
            List.of(),
            null));
    if (!seen.recorded().isEmpty()) {
      photos.add(photo("recorded: " + count() + " positions", recorded(), List.of(), null));
    }
    return photos;
  }

  private int count() {
    return seen.recorded().stream().mapToInt(positions -> positions.length).sum();
  }

  private List<Photo.Frame> recorded() {
    List<Photo.Frame> cells = new ArrayList<>();
    for (int level = seen.recorded().size() - 1; level >= 0; level--) {
      LevelGrid grid = subject.teacher().priors().levels().get(level);
      for (int position : seen.recorded().get(level)) {
        cells.add(area(new ObjectRegions.Cell(grid, position), Tone.TEACHER));
      }
    }
    return cells;
  }

  private static Photo.Frame area(ObjectRegions.Cell cell, Tone tone) {
    int stride = cell.grid().stride();
    int x = cell.position() % cell.grid().width();
    int y = cell.position() / cell.grid().width();
    String label = String.format(Locale.ROOT, "stride %d, row %d, column %d", stride, y, x);
    return new Photo.Frame(
        tone, label, x * stride, y * stride, (x + 1.0) * stride, (y + 1.0) * stride);
  }

  private Photo photo(
      String caption, List<Photo.Frame> areas, List<Photo.Frame> boxes, Tone named) {
    List<Photo.Frame> frames = new ArrayList<>(truth);
    frames.addAll(boxes);
    return new Photo(caption, picture, areas, frames, named);
  }

  private List<Photo.Frame> boxes(List<Detection> detections, Tone tone) {
    return detections.stream()
        .map(
            found ->
                new Photo.Frame(
                    tone,
                    String.format(Locale.ROOT, "%s %.2f", name(found.label()), found.score()),
                    found.x1(),
                    found.y1(),
                    found.x2(),
                    found.y2()))
        .toList();
  }

  /** The object that the teacher recognises but is least sure of, and its edges; maybe none. */
  List<Figure> edges() {
    List<Figure> charts = new ArrayList<>();
    Optional<UnsureObject> unsure =
        UnsureObject.leastSure(subject.truth(seen.view()), seen.teacher(), subject.teacher());
    unsure.ifPresent(
        object -> {
          charts.add(closeUp(object));
          for (int edge = 0; edge < EDGES.size(); edge++) {
            charts.add(
                new EdgeChart(
                    EDGES.get(edge) + " edge of the " + name(object.truth().getLabel()),
                    distributions(object, edge),
                    object.distance(edge)));
          }
        });
    return charts;
  }

  /** The object with the cell that its edges are measured from. */
  private Photo closeUp(UnsureObject object) {
    GroundTruth box = object.truth();
    int cell = object.prior() / subject.teacher().priors().anchorsPerCell();
    return new Photo(
        "the " + name(box.getLabel()) + ", and the cell at stride " + object.grid().stride(),
        picture,
        List.of(area(new ObjectRegions.Cell(object.grid(), cell), Tone.TEACHER)),
        truth,
        null,
        Photo.Window.around(picture, box.getX1(), box.getY1(), box.getX2(), box.getY2()));
  }

  private List<EdgeChart.Distribution> distributions(UnsureObject object, int edge) {
    List<EdgeChart.Distribution> distributions = new ArrayList<>();
    object
        .edge(seen.teacher(), subject.teacher(), edge)
        .ifPresent(p -> distributions.add(distribution("teacher", Tone.TEACHER, p)));
    if (seen.student() != null && subject.student().boxes().equals(subject.teacher().boxes())) {
      object
          .edge(seen.student(), subject.student(), edge)
          .ifPresent(p -> distributions.add(distribution("student", Tone.STUDENT, p)));
    }
    return distributions;
  }

  private static EdgeChart.Distribution distribution(String name, Tone tone, double[] p) {
    return new EdgeChart.Distribution(name, tone, p);
  }
}
