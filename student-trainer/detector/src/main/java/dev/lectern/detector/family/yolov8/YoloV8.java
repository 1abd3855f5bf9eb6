package dev.lectern.detector.family.yolov8;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.family.HeadCoding;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxQuality;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Class logits and a box distribution at each point, as Ultralytics' YOLOv8; the student's own
 * outputs decide which object a point learns.
 */
public final class YoloV8 implements Family {
  /** Side in strides of the square anchors by which distillation regions are drawn. */
  private static final double ANCHOR = 8;

  @Override
  public String name() {
    return "yolov8";
  }

  @Override
  public Class<YoloV8HeadSettings> settings() {
    return YoloV8HeadSettings.class;
  }

  private static YoloV8HeadSettings settings(DetectorSpec spec) {
    return (YoloV8HeadSettings) spec.head();
  }

  @Override
  public Map<TensorRole, Integer> tensors(DetectorSpec spec) {
    Map<TensorRole, Integer> tensors = new LinkedHashMap<>();
    tensors.put(TensorRole.CLASS_LOGITS, spec.classes());
    tensors.put(TensorRole.BOX_DISTRIBUTION, 4 * settings(spec).bins());
    return tensors;
  }

  @Override
  public String headName() {
    return "model.22";
  }

  @Override
  public Head head(ParameterBuilder parameters, DetectorSpec spec, List<Integer> channels) {
    return new YoloV8Head(parameters, settings(spec), channels, spec.classes(), spec.strides());
  }

  @Override
  public AnchorGenerator anchors(DetectorSpec spec) {
    return AnchorGenerator.square(ANCHOR, spec.gridOffset());
  }

  @Override
  public HeadCoding coding(DetectorSpec spec) {
    return HeadCoding.distributions(settings(spec).bins(), spec.gridOffset(), BoxQuality.NONE);
  }
}
