package dev.lectern.trainer.family.segmentation;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.pixel.LabelMap;
import dev.lectern.detector.pixel.Upsampling;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.LabelledBatch;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.distil.Step;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.family.StudentPass;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.loss.PixelCrossEntropyLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.view.ClassRows;
import dev.lectern.trainer.view.LevelMaps;
import dev.lectern.trainer.view.StudentRows;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A segmentation network that learns the class of each pixel. */
final class SegmentationObjective implements TrainedFamily {
  private final Upsampling upsampling;
  private final double auxiliaryWeight;
  private final PriorGrid priors;
  private final Set<TargetPart<?>> parts;

  /**
   * @param upsampling of the logits before they are compared
   * @param parts what the losses want to know besides
   */
  SegmentationObjective(
      Upsampling upsampling,
      double auxiliaryWeight,
      PriorGrid priors,
      Collection<TargetPart<?>> parts) {
    this.upsampling = upsampling;
    this.auxiliaryWeight = auxiliaryWeight;
    this.priors = priors;
    this.parts = Set.copyOf(parts);
  }

  @Override
  public BatchTargets targets(List<GroundTruth> images) {
    LabelledBatch batch =
        new LabelledBatch(
            priors,
            priors.anchors(),
            images,
            images.stream().map(image -> assigner().assign(image.boxes())).toList());
    Map<TargetPart<?>, Object> computed = new HashMap<>();
    parts.forEach(part -> computed.put(part, part.of(batch)));
    LabelMap first =
        images.stream().map(GroundTruth::classes).filter(m -> m != null).findFirst().orElse(null);
    int height = first == null ? 0 : first.height();
    int width = first == null ? 0 : first.width();
    byte[] classes = new byte[images.size() * height * width];
    Arrays.fill(classes, (byte) LabelMap.IGNORED);
    for (int n = 0; n < images.size(); n++) {
      LabelMap map = images.get(n).classes();
      if (map != null && images.get(n).labelled()) {
        System.arraycopy(map.classes(), 0, classes, n * height * width, height * width);
      }
    }
    return new SegmentationTargets(
        new BatchRows(priors, images.size()), height, width, classes, computed);
  }

  @Override
  public boolean learnsPixels() {
    return true;
  }

  /** Gives no cell an object. */
  @Override
  public Assigner assigner() {
    return Assigner.of(
        priors,
        boxes -> {
          int[] none = new int[priors.positions()];
          Arrays.fill(none, Assignment.BACKGROUND);
          return none;
        },
        List.of());
  }

  @Override
  public StudentPass pass(Outputs<NDArray> outputs, BatchTargets batch) {
    return new Pass(outputs, (SegmentationTargets) batch);
  }

  private final class Pass implements StudentPass {
    private final Outputs<NDArray> outputs;
    private final SegmentationTargets targets;
    private final NDArray logits;

    Pass(Outputs<NDArray> outputs, SegmentationTargets targets) {
      this.outputs = outputs;
      this.targets = targets;
      logits = outputs.get(TensorRole.CLASS_LOGITS, 0);
    }

    @Override
    public List<LossTerm> losses() {
      List<LossTerm> losses = new ArrayList<>();
      losses.add(loss("loss_seg", logits));
      if (auxiliaryWeight > 0 && outputs.has(TensorRole.AUXILIARY_LOGITS)) {
        losses.add(
            loss("loss_aux", outputs.get(TensorRole.AUXILIARY_LOGITS, 0)).times(auxiliaryWeight));
      }
      return losses;
    }

    private LossTerm loss(String name, NDArray map) {
      LossTerm term = new LossTerm(name);
      if (targets.height() > 0) {
        NDArray large = upsampling.apply(map, targets.height(), targets.width());
        term.add(PixelCrossEntropyLoss.loss(large, targets.classes()).reshape(1));
      }
      return term;
    }

    @Override
    public Step step(TeacherOutputs teacher, TrainingProgress progress) {
      StudentRows rows = new StudentRows(List.of(logits), 1);
      return new Step(
          new ClassRows(rows, teacher),
          new LevelMaps("class logits", List.of(logits), teacher.clsMaps(), 1),
          Optional.empty(),
          null,
          new LevelMaps("features", outputs.get(TensorRole.FEATURES), teacher.features(), 1),
          teacher.tokensWith(outputs.get(TensorRole.FEATURES)),
          Optional.empty(),
          targets,
          progress,
          logits.getManager());
    }

    @Override
    public NDArray zero() {
      return Rows.zero(logits);
    }
  }
}
