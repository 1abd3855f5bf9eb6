package dev.lectern.detector.family;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.BoxDecoder;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.pixel.Upsampling;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.ClassCoding;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TeacherPriors;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Networks that give each pixel a class: one level of class logits, softmax over all classes, made
 * as large as the canvas. An auxiliary head on an earlier map only helps training.
 */
public abstract class SegmentationFamily implements Family {
  private static final List<Integer> STRIDES = List.of(8, 16, 32);

  @Override
  public final Task task() {
    return Task.SEGMENTATION;
  }

  /** How logits become as large as the canvas. */
  public abstract Upsampling upsampling();

  @Override
  public final Map<TensorRole, Integer> tensors(DetectorSpec spec) {
    return Map.of(TensorRole.CLASS_LOGITS, spec.classes());
  }

  @Override
  public final Set<TensorRole> trainingRoles() {
    return Set.of(TensorRole.AUXILIARY_LOGITS);
  }

  @Override
  public final ClassCoding classes() {
    return new ClassCoding(ClassActivation.SOFTMAX, Background.NONE);
  }

  @Override
  public final List<LevelGrid> levels(DetectorSpec spec, int height, int width) {
    int stride = outputStride(spec);
    return List.of(
        new LevelGrid(
            stride, spec.backbone().cells(height, stride), spec.backbone().cells(width, stride)));
  }

  /**
   * Pixels per cell of the logits.
   *
   * @throws IllegalArgumentException if the specification has other levels
   */
  protected static int outputStride(DetectorSpec spec) {
    if (spec.levels() != 1 || !STRIDES.contains(spec.strides().get(0))) {
      throw new IllegalArgumentException(
          "strides: found " + spec.strides() + ", expected one of [8], [16] or [32]");
    }
    return spec.strides().get(0);
  }

  @Override
  public final Head head(ParameterBuilder parameters, DetectorSpec spec, List<Integer> channels) {
    throw new IllegalArgumentException(
        "network: found " + spec.network() + ", expected native for head.family " + name());
  }

  @Override
  public final AnchorGenerator anchors(DetectorSpec spec) {
    return AnchorGenerator.square(1, spec.gridOffset());
  }

  @Override
  public final HeadCoding coding(DetectorSpec spec) {
    return new HeadCoding(null, new TeacherPriors(0.0, null), BoxQuality.NONE);
  }

  @Override
  public final BoxDecoder decoder(DetectorSpec spec) {
    throw new IllegalArgumentException(
        "head.family: found " + name() + ", which gives classes of pixels, expected boxes");
  }
}
