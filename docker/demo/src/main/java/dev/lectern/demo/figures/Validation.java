package dev.lectern.demo.figures;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorOutputs;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.box.LevelLogits;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.report.inspect.LevelOutputs;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.View;
import dev.lectern.trainer.eval.Box;
import dev.lectern.trainer.eval.Category;
import dev.lectern.trainer.eval.CocoEvaluator;
import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.eval.Detection;
import dev.lectern.trainer.eval.GroundTruthSet;
import dev.lectern.trainer.eval.TruthBox;
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
 */
public record Validation(List<ValidationImage> images) {
  /** Name of the teacher among the networks. */
  public static final String TEACHER = "teacher";

  public Validation {
    images = List.copyOf(images);
  }

  /**
   * Reads an epoch of a replay.
   *
   * @param replay with the teacher's class scores and box logits
   * @param students by name; their strides, bins and input must be the teacher's
   */
  public static Validation of(Replay replay, Map<String, Detector> students)
      throws InterruptedException {
    RecordingManifest recording = replay.recordings().get(0);
    int bins = TensorLayout.bins(recording.getDescriptor());
    List<LevelGrid> grids =
        PriorGrid.levels(
            replay.dataset().getHeight(),
            replay.dataset().getWidth(),
            TensorLayout.strides(recording.getDescriptor()).stream()
                .mapToInt(Integer::intValue)
                .toArray());
    DetectionDecoder decoder =
        new DetectionDecoder(
            replay.dataset().getClassNames().size(),
            bins,
            recording.getDescriptor().getPriors().getGridOffset(),
            DetectionDecoder.Limits.DEFAULT);
    List<ValidationImage> images = new ArrayList<>();
    try (Batches batches = replay.batches(replay.plan(0), 0)) {
      ReplayBatch next;
      while ((next = batches.next()) != null) {
        try (ReplayBatch batch = next) {
          Map<String, List<LevelOutputs>> said = new LinkedHashMap<>();
          said.put(TEACHER, recorded(batch, grids, bins));
          students.forEach((name, student) -> said.put(name, run(student, batch, grids, bins)));
          for (int i = 0; i < batch.size(); i++) {
            images.add(image(batch.views().get(i), said, i, decoder));
          }
        }
      }
    }
    images.sort(Comparator.comparing(image -> image.view().getViewId()));
    return new Validation(images);
  }

  private static ValidationImage image(
      View view, Map<String, List<LevelOutputs>> said, int index, DetectionDecoder decoder) {
    Map<String, LevelOutputs> outputs = new LinkedHashMap<>();
    Map<String, List<dev.lectern.detector.box.Detection>> detections = new LinkedHashMap<>();
    said.forEach(
        (name, perImage) -> {
          outputs.put(name, perImage.get(index));
          detections.put(
              name,
              decoder.decode(
                  perImage.get(index).levels(), view.getValidWidth(), view.getValidHeight()));
        });
    return new ValidationImage(view, outputs, detections);
  }

  private static List<LevelOutputs> recorded(ReplayBatch batch, List<LevelGrid> grids, int bins) {
    List<float[]> cls =
        IntStream.range(0, grids.size())
            .mapToObj(
                level ->
                    values(batch.teachers().get(0).maps().get(TensorRole.CLASS_LOGITS.at(level))))
            .toList();
    List<float[]> dist =
        IntStream.range(0, grids.size())
            .mapToObj(
                level ->
                    values(
                        batch.teachers().get(0).maps().get(TensorRole.BOX_DISTRIBUTION.at(level))))
            .toList();
    return perImage(batch.size(), grids, cls, dist, bins);
  }

  private static float[] values(FloatArray array) {
    FloatBuffer buffer = array.bytes().asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  private static List<LevelOutputs> run(
      Detector student, ReplayBatch batch, List<LevelGrid> grids, int bins) {
    return GradientMode.off(
        () -> {
          try (NDManager scope = NDManager.newBaseManager("PyTorch")) {
            NDArray images =
                scope.create(
                    batch.images().bytes(), new Shape(batch.images().shape()), DataType.FLOAT32);
            DetectorOutputs outputs = student.forward(images, Mode.EVALUATE);
            return perImage(
                batch.size(),
                grids,
                outputs.clsLogits().stream().map(NDArray::toFloatArray).toList(),
                outputs.distLogits().stream().map(NDArray::toFloatArray).toList(),
                bins);
          }
        });
  }

  private static List<LevelOutputs> perImage(
      int images, List<LevelGrid> grids, List<float[]> cls, List<float[]> dist, int bins) {
    List<LevelOutputs> outputs = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      List<LevelLogits> levels = new ArrayList<>();
      for (int level = 0; level < grids.size(); level++) {
        levels.add(
            new LevelLogits(
                grids.get(level),
                part(cls.get(level), i, images),
                part(dist.get(level), i, images)));
      }
      outputs.add(new LevelOutputs(levels, bins));
    }
    return outputs;
  }

  private static float[] part(float[] values, int index, int parts) {
    int size = values.length / parts;
    return java.util.Arrays.copyOfRange(values, index * size, (index + 1) * size);
  }

  /** COCO figures of one network on all images, in canvas pixels. */
  public CocoMetrics metrics(String network, List<String> classNames) {
    List<Long> ids = new ArrayList<>();
    List<TruthBox> truth = new ArrayList<>();
    List<Detection> detections = new ArrayList<>();
    for (ValidationImage image : images) {
      long id = ids.size();
      ids.add(id);
      image
          .view()
          .getGroundTruth()
          .forEach(
              object -> {
                Box box =
                    Box.ofCorners(object.getX1(), object.getY1(), object.getX2(), object.getY2());
                truth.add(new TruthBox(id, object.getLabel(), box, box.area(), object.getCrowd()));
              });
      image
          .detections()
          .get(network)
          .forEach(
              found ->
                  detections.add(
                      new Detection(
                          id,
                          found.label(),
                          Box.ofCorners(found.x1(), found.y1(), found.x2(), found.y2()),
                          found.score())));
    }
    List<Category> categories =
        IntStream.range(0, classNames.size())
            .mapToObj(label -> new Category(label, classNames.get(label)))
            .toList();
    return CocoEvaluator.evaluate(new GroundTruthSet(ids, categories, truth), detections);
  }
}
