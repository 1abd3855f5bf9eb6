package dev.lectern.demo.figures;

import dev.lectern.detector.Detector;
import dev.lectern.detector.box.Detection;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.box.DetectionDecoder.Limits;
import dev.lectern.detector.network.ForwardPass;
import dev.lectern.detector.network.ImageOutputs;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.View;
import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.eval.Coordinates;
import dev.lectern.trainer.eval.Measurement;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.FloatArray;
import dev.lectern.trainer.replay.Replay;
import dev.lectern.trainer.replay.ReplayBatch;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What the teacher, as recorded, and the students, run here, see on the plain views of a replay.
 *
 * @param images in the order of their view ids
 * @param decoders of each network's outputs, by its name
 * @param metrics COCO figures of each network in canvas pixels, by its name
 */
public record Validation(
    List<ValidationImage> images,
    Map<String, DetectionDecoder> decoders,
    Map<String, CocoMetrics> metrics) {
  /** Name of the teacher among the networks. */
  public static final String TEACHER = "teacher";

  public Validation {
    images = List.copyOf(images);
  }

  /**
   * Reads an epoch of a replay.
   *
   * @param replay with the teacher's class scores and box logits
   * @param students by name; their classes and input must be the dataset's
   */
  public static Validation of(Replay replay, Map<String, Detector> students)
      throws InterruptedException {
    DatasetManifest dataset = replay.dataset();
    Map<String, DetectionDecoder> decoders = new LinkedHashMap<>();
    decoders.put(
        TEACHER,
        DetectionDecoder.of(
            replay.recordings().get(0).getDescriptor(),
            dataset.getClassNames().size(),
            Limits.DEFAULT));
    students.forEach(
        (name, student) ->
            decoders.put(
                name,
                DetectionDecoder.of(
                    student.spec(), dataset.getHeight(), dataset.getWidth(), Limits.DEFAULT)));
    Map<String, Measurement> measurements = new LinkedHashMap<>();
    decoders.forEach(
        (name, decoder) ->
            measurements.put(name, new Measurement(dataset, decoder, Coordinates.CANVAS)));
    List<ValidationImage> images = new ArrayList<>();
    try (Batches batches = replay.batches(replay.plan(0), 0)) {
      ReplayBatch next;
      while ((next = batches.next()) != null) {
        try (ReplayBatch batch = next) {
          Map<String, List<Outputs<float[]>>> outputs = new LinkedHashMap<>();
          outputs.put(TEACHER, recorded(batch, decoders.get(TEACHER)));
          students.forEach(
              (name, student) ->
                  outputs.put(
                      name,
                      ForwardPass.of(student, batch.images().bytes(), batch.images().shape())));
          for (int i = 0; i < batch.size(); i++) {
            images.add(image(batch.views().get(i), outputs, i, measurements));
          }
        }
      }
    }
    images.sort(Comparator.comparing(image -> image.view().getViewId()));
    Map<String, CocoMetrics> metrics = new LinkedHashMap<>();
    measurements.forEach((name, measurement) -> metrics.put(name, measurement.metrics()));
    return new Validation(images, decoders, metrics);
  }

  private static ValidationImage image(
      View view,
      Map<String, List<Outputs<float[]>>> outputs,
      int index,
      Map<String, Measurement> measurements) {
    Map<String, Outputs<float[]>> own = new LinkedHashMap<>();
    Map<String, List<Detection>> detections = new LinkedHashMap<>();
    outputs.forEach(
        (name, perImage) -> {
          own.put(name, perImage.get(index));
          detections.put(name, measurements.get(name).add(view, perImage.get(index)));
        });
    return new ValidationImage(view, own, detections);
  }

  private static List<Outputs<float[]>> recorded(ReplayBatch batch, DetectionDecoder decoder) {
    Outputs<float[]> all = Outputs.none();
    for (TensorRole role : decoder.roles()) {
      all =
          all.with(
              role,
              IntStream.range(0, decoder.priors().levels().size())
                  .mapToObj(level -> values(batch.teachers().get(0).maps().get(role.at(level))))
                  .toList());
    }
    return ImageOutputs.split(all, batch.size());
  }

  private static float[] values(FloatArray array) {
    FloatBuffer buffer = array.bytes().asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }
}
