package dev.lectern.cli;

import dev.lectern.detector.box.Detection;
import dev.lectern.producer.augment.ResizeMode;
import dev.lectern.producer.publish.PublishConfig;
import dev.lectern.producer.publish.SampleViews;
import dev.lectern.report.inspect.RecordedOutputs;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.ValueEncoding;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.MaskedLogits;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.schemas.view.InputNormalization;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.ViewPass;
import dev.lectern.trainer.eval.Coordinates;
import dev.lectern.trainer.eval.Measurement;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A teacher's AP on some labelled images, as they would be published, and under other readings of
 * its input and its classes: a mistake there costs AP, and nothing else shows it.
 */
final class TeacherOnSamples {
  /** What most networks of torchvision and mmdetection were trained with, in RGB. */
  private static final List<Double> IMAGENET_MEAN = List.of(123.675, 116.28, 103.53);

  private static final List<Double> IMAGENET_STD = List.of(58.395, 57.12, 57.375);

  /** Score and overlap from which a box says what its class is. */
  private static final double SURE = 0.3;

  private static final double HIT = 0.5;
  private static final int VOTES = 3;

  private final Teacher teacher;
  private final PublishConfig config;
  private final int images;
  private final Map<ResizeMode, SampleViews> samples = new EnumMap<>(ResizeMode.class);
  private final TensorWriter writer = new TensorWriter();

  /** Class of the teacher by dataset label, for each box that hits an object. */
  private final Map<Integer, Map<Integer, Integer>> votes = new TreeMap<>();

  /** What was tried, and the AP that it has, 0 to 1. */
  record Reading(String what, double ap) {}

  TeacherOnSamples(Teacher teacher, PublishConfig config, int images) {
    this.teacher = teacher;
    this.config = config;
    this.images = images;
  }

  /** The descriptor's reading of the dataset as it would be published, then the others. */
  List<Reading> readings() {
    TeacherDescriptor stated = teacher.descriptor();
    List<Reading> readings = new ArrayList<>();
    readings.add(
        new Reading(
            "as published: resize "
                + config.views().resize().name().toLowerCase(java.util.Locale.ROOT)
                + ", channels "
                + stated.getChannelOrder(),
            measure(config.views().resize(), stated, true)));
    for (ResizeMode resize : ResizeMode.values()) {
      if (resize != config.views().resize()) {
        readings.add(
            new Reading(
                "resize " + resize.name().toLowerCase(java.util.Locale.ROOT),
                measure(resize, stated, false)));
      }
    }
    ChannelOrder other =
        stated.getChannelOrder() == ChannelOrder.RGB ? ChannelOrder.BGR : ChannelOrder.RGB;
    readings.add(
        new Reading(
            "channels " + other,
            measure(
                config.views().resize(),
                TeacherDescriptor.newBuilder(stated).setChannelOrder(other).build(),
                false)));
    List<Double> zero = List.of(0.0, 0.0, 0.0);
    scaled(readings, "pixels 0..255", zero, List.of(1.0, 1.0, 1.0));
    scaled(readings, "pixels 0..1", zero, List.of(255.0, 255.0, 255.0));
    boolean bgr = stated.getChannelOrder() == ChannelOrder.BGR;
    scaled(
        readings,
        "mean and std of ImageNet",
        bgr ? reversed(IMAGENET_MEAN) : IMAGENET_MEAN,
        bgr ? reversed(IMAGENET_STD) : IMAGENET_STD);
    List<String> names = namesByVotes();
    if (!names.equals(stated.getClassNames())) {
      readings.add(
          new Reading(
              "classes in another order: " + moved(names),
              measure(
                  config.views().resize(),
                  TeacherDescriptor.newBuilder(stated).setClassNames(names).build(),
                  false)));
    }
    return readings;
  }

  private void scaled(List<Reading> readings, String what, List<Double> mean, List<Double> std) {
    TeacherDescriptor stated = teacher.descriptor();
    if (!stated.getMean().equals(mean) || !stated.getStd().equals(std)) {
      TeacherDescriptor other =
          TeacherDescriptor.newBuilder(stated).setMean(mean).setStd(std).build();
      readings.add(new Reading(what, measure(config.views().resize(), other, false)));
    }
  }

  private static List<Double> reversed(List<Double> three) {
    return List.of(three.get(2), three.get(1), three.get(0));
  }

  private double measure(ResizeMode resize, TeacherDescriptor reading, boolean voting) {
    SampleViews sample =
        samples.computeIfAbsent(resize, mode -> SampleViews.plain(config, mode, images));
    RecordedOutputs outputs = new RecordedOutputs(recording(reading), sample.dataset());
    Measurement measurement =
        new Measurement(sample.dataset(), outputs.decoder(), Coordinates.SOURCE);
    ViewPass pass = new ViewPass(teacher, InputNormalization.of(reading));
    int batch = teacher.batchSize();
    for (int from = 0; from < sample.views().size(); from += batch) {
      List<View> views =
          sample.views().subList(from, Math.min(from + batch, sample.views().size()));
      List<Map<TensorKind, List<Tensor>>> passed = pass.outputs(views);
      for (int i = 0; i < views.size(); i++) {
        Map<TensorKind, List<Tensor>> of = passed.get(i);
        List<Detection> found =
            measurement.add(
                views.get(i),
                outputs.of(
                    stored(MaskedLogits.clipped(of.get(TensorKind.CLASS_SCORES))),
                    stored(of.get(TensorKind.BOX_LOGITS))));
        if (voting) {
          vote(views.get(i), found);
        }
      }
    }
    return measurement.metrics().ap();
  }

  private TensorContainer stored(List<Tensor> tensors) {
    return TensorContainer.open(ByteBuffer.wrap(writer.write(tensors, TensorEncoding.FLOAT32)));
  }

  private static RecordingManifest recording(TeacherDescriptor reading) {
    return RecordingManifest.newBuilder()
        .setName(reading.getName())
        .setState(State.OPEN)
        .setDataset("sample")
        .setTeacherId(reading.getName())
        .setDescriptor(reading)
        .setEncodings(
            RecordedOutputs.NEEDED.stream()
                .map(
                    kind ->
                        KindEncoding.newBuilder()
                            .setKind(kind)
                            .setValues(ValueEncoding.FLOAT32)
                            .setPositions(PositionEncoding.DENSE)
                            .build())
                .toList())
        .build();
  }

  private void vote(View view, List<Detection> found) {
    for (Detection box : found) {
      if (box.score() < SURE) {
        continue;
      }
      for (GroundTruth object : view.getGroundTruth()) {
        if (overlap(box, object) >= HIT) {
          votes
              .computeIfAbsent(box.label(), label -> new TreeMap<>())
              .merge(object.getLabel(), 1, Integer::sum);
        }
      }
    }
  }

  private static double overlap(Detection box, GroundTruth object) {
    double width = Math.min(box.x2(), object.getX2()) - Math.max(box.x1(), object.getX1());
    double height = Math.min(box.y2(), object.getY2()) - Math.max(box.y1(), object.getY1());
    if (width <= 0 || height <= 0) {
      return 0;
    }
    double shared = width * height;
    double one = (box.x2() - box.x1()) * (box.y2() - box.y1());
    double two = (object.getX2() - object.getX1()) * (object.getY2() - object.getY1());
    return shared / (one + two - shared);
  }

  /** The teacher's names, each class called after the objects that its boxes lie on. */
  private List<String> namesByVotes() {
    List<String> datasetNames = samples.get(config.views().resize()).dataset().getClassNames();
    List<String> stated = teacher.descriptor().getClassNames();
    List<String> names = new ArrayList<>(stated);
    votes.forEach(
        (label, of) -> {
          Map.Entry<Integer, Integer> commonest =
              of.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow();
          int all = of.values().stream().mapToInt(Integer::intValue).sum();
          int at = stated.indexOf(datasetNames.get(label));
          if (at >= 0 && commonest.getValue() >= VOTES && commonest.getValue() * 2 > all) {
            names.set(at, datasetNames.get(commonest.getKey()));
          }
        });
    return names;
  }

  private String moved(List<String> names) {
    List<String> stated = teacher.descriptor().getClassNames();
    List<String> moved = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (!names.get(i).equals(stated.get(i))) {
        moved.add(i + " is " + names.get(i) + ", not " + stated.get(i));
      }
    }
    return String.join("; ", moved);
  }
}
