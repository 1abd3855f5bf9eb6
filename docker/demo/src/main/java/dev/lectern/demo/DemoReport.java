package dev.lectern.demo;

import dev.lectern.demo.draw.DrawnDataset;
import dev.lectern.demo.figures.RecordingFigures;
import dev.lectern.demo.figures.Validation;
import dev.lectern.demo.figures.ValidationImage;
import dev.lectern.detector.box.Detection;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.experiment.TrainingHistory;
import dev.lectern.report.EdgeChart;
import dev.lectern.report.LineChart;
import dev.lectern.report.Page;
import dev.lectern.report.Photo;
import dev.lectern.report.Picture;
import dev.lectern.report.Tone;
import dev.lectern.report.inspect.UnsureObject;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.View;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Lays out the report of a demo. */
final class DemoReport {
  private static final List<String> EDGES = List.of("left", "top", "right", "bottom");
  private static final double SHOWN_SCORE = 0.3;
  private static final int PICTURES = 5;
  private static final int CROWDED = 3;
  private static final int UNSURE = 3;
  private static final int SMOOTHED = 40;

  private final DemoResult result;
  private final Validation validation;
  private final List<String> classNames;
  private final Path pictures;

  private DemoReport(
      DemoResult result, Validation validation, List<String> classNames, Path pictures) {
    this.result = result;
    this.validation = validation;
    this.classNames = classNames;
    this.pictures = pictures;
  }

  /**
   * The page of a demo.
   *
   * @param pictures folder of the drawn pictures, which have the size of the canvas
   * @throws IOException if a picture cannot be read
   */
  static Page of(DemoResult result, Validation validation, List<String> classNames, Path pictures)
      throws IOException {
    return new DemoReport(result, validation, classNames, pictures).page();
  }

  private Page page() throws IOException {
    Page page = new Page("Lectern demo", "demo");
    page.paragraph(
        String.format(
            Locale.ROOT,
            "A teacher was run once over %,d views and recorded on Kafka. Then the same small"
                + " student was trained from the same start values, in the same order and for the"
                + " same number of steps, without and with the recorded teacher: mean AP %.3f"
                + " without, %.3f with distillation, a difference of %s; the teacher itself reaches"
                + " %.3f. The whole demo took %.0f s.",
            result.recording().views(),
            result.meanAp(Variant.PLAIN),
            result.meanAp(Variant.DISTILLED),
            result.difference(),
            result.teacherAp(),
            result.seconds()));
    page.key(names());
    page.heading("Students").table(studentHead(), studentRows());
    page.wide(List.of(lossChart(), apChart()));
    page.heading("What they see");
    page.paragraph(
        "The first pictures of the validation split with at least three objects; boxes with a score"
            + " of at least "
            + SHOWN_SCORE
            + ", annotations dashed. The teacher's boxes are decoded from the recording, not from"
            + " the model.");
    page.narrow(photos());
    page.heading("Where an edge lies");
    page.paragraph(
        "A box edge is a distribution over its distance from the cell, in strides. These are the"
            + " objects that the teacher recognises but whose edges it is least sure of; the dashed"
            + " line is the annotation. The distilled student learned from these distributions, the"
            + " plain one from the annotated numbers.");
    page.narrow(edgeCharts());
    page.heading("The pipeline").table(List.of("figure", "value"), pipelineRows());
    return page;
  }

  private static Map<Tone, String> names() {
    Map<Tone, String> names = new LinkedHashMap<>();
    names.put(Tone.TRUTH, "annotation");
    names.put(Tone.TEACHER, "teacher");
    names.put(Tone.PLAIN, "student without distillation");
    names.put(Tone.DISTILLED, "student with distillation");
    return names;
  }

  private static List<String> studentHead() {
    return List.of(
        "seed",
        "AP without",
        "AP with",
        "gain",
        "AP50 without",
        "AP50 with",
        "AP75 without",
        "AP75 with");
  }

  private List<List<String>> studentRows() {
    List<List<String>> rows = new ArrayList<>();
    for (int seed = 1; seed <= result.plan().seeds(); seed++) {
      TrainingHistory.Measurement plain = result.run(Variant.PLAIN, seed).history().result();
      TrainingHistory.Measurement distilled =
          result.run(Variant.DISTILLED, seed).history().result();
      rows.add(
          List.of(
              Integer.toString(seed),
              figure(plain.ap()),
              figure(distilled.ap()),
              String.format(Locale.ROOT, "%+.3f", distilled.ap() - plain.ap()),
              figure(plain.ap50()),
              figure(distilled.ap50()),
              figure(plain.ap75()),
              figure(distilled.ap75())));
    }
    return rows;
  }

  private static String figure(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private LineChart lossChart() {
    List<LineChart.Curve> curves = new ArrayList<>();
    for (Run run : result.runs()) {
      List<TrainingHistory.Step> steps = run.history().steps();
      double[] x = new double[steps.size() / SMOOTHED];
      double[] y = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        x[i] = steps.get((i + 1) * SMOOTHED - 1).number();
        y[i] =
            steps.subList(i * SMOOTHED, (i + 1) * SMOOTHED).stream()
                .mapToDouble(TrainingHistory.Step::detectionLoss)
                .average()
                .orElseThrow();
      }
      curves.add(new LineChart.Curve(name(run), run.variant().tone(), x, y));
    }
    return new LineChart(
        "Loss against the annotations (classes and boxes), mean of " + SMOOTHED + " steps.",
        "step",
        "loss",
        curves);
  }

  private LineChart apChart() {
    List<LineChart.Curve> curves = new ArrayList<>();
    double last = 0;
    for (Run run : result.runs()) {
      List<TrainingHistory.Measurement> points = run.history().measurements();
      curves.add(
          new LineChart.Curve(
              name(run),
              run.variant().tone(),
              points.stream().mapToDouble(TrainingHistory.Measurement::step).toArray(),
              points.stream().mapToDouble(TrainingHistory.Measurement::ap).toArray()));
      last = Math.max(last, run.history().result().step());
    }
    double[] level = {result.teacherAp(), result.teacherAp()};
    curves.add(new LineChart.Curve("teacher", Tone.TEACHER, new double[] {0, last}, level));
    return new LineChart(
        "AP on the validation split; the level line is the teacher.", "step", "AP", curves);
  }

  private static String name(Run run) {
    return run.variant().label() + ", seed " + run.seed();
  }

  private List<Photo> photos() throws IOException {
    List<Photo> photos = new ArrayList<>();
    List<ValidationImage> shown =
        validation.images().stream()
            .filter(image -> image.view().getGroundTruth().size() >= CROWDED)
            .limit(PICTURES)
            .toList();
    for (ValidationImage image : shown) {
      Picture picture = picture(image.view());
      photos.add(photo(image, picture, "annotations", List.of()));
      photos.add(photo(image, picture, "teacher", seen(image, Validation.TEACHER, Tone.TEACHER)));
      for (Variant variant : Variant.values()) {
        String caption = names().get(variant.tone());
        photos.add(photo(image, picture, caption, seen(image, variant.label(), variant.tone())));
      }
    }
    return photos;
  }

  private Picture picture(View view) throws IOException {
    String file = DrawnDataset.fileName(Long.parseLong(view.getImageId()));
    return new Picture(
        file,
        "image/png",
        Files.readAllBytes(pictures.resolve(file)),
        view.getWidth(),
        view.getHeight());
  }

  private Photo photo(
      ValidationImage image, Picture picture, String caption, List<Photo.Frame> boxes) {
    View view = image.view();
    List<Photo.Frame> frames = new ArrayList<>();
    for (GroundTruth truth : view.getGroundTruth()) {
      frames.add(
          new Photo.Frame(
              Tone.TRUTH,
              classNames.get(truth.getLabel()),
              truth.getX1(),
              truth.getY1(),
              truth.getX2(),
              truth.getY2()));
    }
    frames.addAll(boxes);
    return new Photo(
        "picture " + view.getImageId() + ": " + caption,
        picture,
        List.of(),
        frames,
        boxes.isEmpty() ? Tone.TRUTH : boxes.get(0).tone());
  }

  private List<Photo.Frame> seen(ValidationImage image, String network, Tone tone) {
    List<Photo.Frame> frames = new ArrayList<>();
    for (Detection found : image.detections().get(network)) {
      if (found.score() >= SHOWN_SCORE) {
        frames.add(
            new Photo.Frame(
                tone,
                String.format(Locale.ROOT, "%s %.2f", classNames.get(found.label()), found.score()),
                found.x1(),
                found.y1(),
                found.x2(),
                found.y2()));
      }
    }
    return frames;
  }

  private List<EdgeChart> edgeCharts() {
    DetectionDecoder decoder = validation.decoders().get(Validation.TEACHER);
    List<Unsure> unsure = new ArrayList<>();
    for (ValidationImage image : validation.images()) {
      UnsureObject.leastSure(
              image.view().getGroundTruth(), image.outputs().get(Validation.TEACHER), decoder)
          .ifPresent(object -> unsure.add(new Unsure(image, object)));
    }
    unsure.sort(Comparator.comparingDouble((Unsure one) -> one.object().entropy()).reversed());
    List<EdgeChart> charts = new ArrayList<>();
    for (Unsure one : unsure.subList(0, Math.min(UNSURE, unsure.size()))) {
      for (int edge = 0; edge < EDGES.size(); edge++) {
        charts.add(edgeChart(one, edge, one.object().distance(edge)));
      }
    }
    return charts;
  }

  /** The least sure object of an image. */
  private record Unsure(ValidationImage image, UnsureObject object) {}

  private EdgeChart edgeChart(Unsure one, int edge, double distance) {
    List<EdgeChart.Distribution> distributions = new ArrayList<>();
    distributions.add(distribution(one, Validation.TEACHER, Tone.TEACHER, edge));
    for (Variant variant : Variant.values()) {
      distributions.add(distribution(one, variant.label(), variant.tone(), edge));
    }
    String what =
        EDGES.get(edge)
            + " edge of the "
            + classNames.get(one.object().truth().getLabel())
            + " in picture "
            + one.image().view().getImageId();
    return new EdgeChart(what, distributions, distance);
  }

  private EdgeChart.Distribution distribution(Unsure one, String network, Tone tone, int edge) {
    double[] probabilities =
        one.object()
            .edge(one.image().outputs().get(network), validation.decoders().get(network), edge)
            .orElseThrow();
    return new EdgeChart.Distribution(network, tone, probabilities);
  }

  private List<List<String>> pipelineRows() {
    RecordingFigures recording = result.recording();
    List<List<String>> rows = new ArrayList<>();
    DemoFigures.of(result).forEach((name, value) -> rows.add(List.of(name, value)));
    rows.add(List.of("digest of the recording", recording.digest().substring(0, 16) + "..."));
    return rows;
  }
}
