package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import dev.lectern.detector.box.DeltaCoder;
import dev.lectern.detector.box.RoiLevels;
import dev.lectern.detector.layer.RoiAlign;
import dev.lectern.detector.region.MaxIouAssigner;
import dev.lectern.trainer.assign.CandidateBoxes;
import dev.lectern.trainer.assign.GeneralInstances;
import dev.lectern.trainer.assign.GeneralInstances.Chosen;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.GeneralInstanceLoss;
import dev.lectern.trainer.loss.GeneralInstanceLoss.Comparison;
import dev.lectern.trainer.loss.Variant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A whole step of general instance distillation on a RetinaNet-like head. */
final class GidCases {
  private static final int CANDIDATES = 3000;

  private GidCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of("gid", GidCases::step);
  }

  private static CaseResult step(GoldenCase golden) {
    int levels = golden.integers("strides").length;
    NDArray cls = joined(golden, "cls_l", levels);
    NDArray reg = joined(golden, "reg_l", levels);
    NDArray teacherCls = joined(golden, "t_cls_l", levels);
    NDArray teacherReg = joined(golden, "t_reg_l", levels);
    float[] anchors = anchors(golden, levels);
    int images = (int) cls.getShape().get(0);
    CaseResult result = new CaseResult();
    boolean[] mask = new boolean[images * anchors.length / 4];
    List<float[]> instances = new ArrayList<>();
    for (int n = 0; n < images; n++) {
      Chosen chosen =
          select(golden, anchors, cls.get(n), reg.get(n), teacherCls.get(n), teacherReg.get(n));
      result.floats("gi_box_img" + n, chosen.boxes()).floats("gi_score_img" + n, chosen.scores());
      instances.add(chosen.boxes());
      int[] objects = MaxIouAssigner.RETINANET.assign(anchors, chosen.boxes());
      for (int i = 0; i < objects.length; i++) {
        mask[n * objects.length + i] = objects[i] >= 0;
      }
    }
    NDArray student = pooled(golden, "feat_l", levels, instances);
    NDArray teacher = pooled(golden, "t_feat_l", levels, instances);
    NDArray feature =
        weighted(
            golden, "w_feature", GeneralInstanceLoss.features(student, teacher, Comparison.L2));
    NDArray relation =
        weighted(
            golden,
            "w_relation",
            GeneralInstanceLoss.relations(student, teacher, Variant.OFFICIAL));
    NDArray classes =
        weighted(golden, "w_cls", responses(cls, teacherCls, mask, Comparison.CROSS_ENTROPY));
    NDArray boxes = weighted(golden, "w_reg", responses(reg, teacherReg, mask, Comparison.L1));
    return result
        .scalar("loss_distill_feature", feature)
        .scalar("loss_distill_relation", relation)
        .scalar("loss_distill_cls_logits", classes)
        .scalar("loss_distill_reg_deltas", boxes)
        .scalar("loss", feature.add(relation).add(classes).add(boxes));
  }

  private static NDArray weighted(GoldenCase golden, String weight, NDArray loss) {
    return loss.mul(Constants.of(loss, golden.number(weight)));
  }

  private static NDArray responses(
      NDArray student, NDArray teacher, boolean[] mask, Comparison comparison) {
    long columns = student.getShape().get(2);
    return GeneralInstanceLoss.responses(
        student.reshape(-1, columns), teacher.reshape(-1, columns), mask, comparison);
  }

  /** Levels joined along the anchors, (N, R, columns). */
  private static NDArray joined(GoldenCase golden, String name, int levels) {
    NDList all = new NDList();
    for (int l = 0; l < levels; l++) {
      all.add(golden.tensor(name + l));
    }
    return concat(all, 1);
  }

  private static float[] anchors(GoldenCase golden, int levels) {
    float[] all = new float[0];
    for (int l = 0; l < levels; l++) {
      float[] own = golden.floats("anchors_l" + l);
      int size = all.length;
      all = Arrays.copyOf(all, size + own.length);
      System.arraycopy(own, 0, all, size, own.length);
    }
    return all;
  }

  private static Chosen select(
      GoldenCase golden,
      float[] anchors,
      NDArray cls,
      NDArray reg,
      NDArray teacherCls,
      NDArray teacherReg) {
    double[] size = golden.numbers("image_hw");
    double[] weights = golden.numbers("box_transform_weights");
    DeltaCoder coder = new DeltaCoder(Arrays.stream(weights).map(w -> 1 / w).toArray());
    return GeneralInstances.reproduced(
        teacherCls.toFloatArray(),
        cls.toFloatArray(),
        CandidateBoxes.of(
            coder.decode(anchors, teacherReg.toFloatArray(), size[1], size[0]),
            coder.decode(anchors, reg.toFloatArray(), size[1], size[0])),
        size[1],
        size[0],
        new GeneralInstances.Filter(
            CANDIDATES,
            golden.number("min_box_side"),
            golden.number("nms_iou"),
            golden.integer("post_topk")));
  }

  /** Features of the instances, each from the level that its size belongs to. */
  private static NDArray pooled(
      GoldenCase golden, String name, int levels, List<float[]> instances) {
    int[] strides = golden.integers("strides");
    NDList pooled = new NDList();
    for (int l = 0; l < levels; l++) {
      pooled.add(
          RoiAlign.pool(
              golden.tensor(name + l),
              RoiLevels.rois(instances, strides, l),
              golden.integer("roi_size"),
              1.0 / strides[l],
              golden.integer("sampling_ratio")));
    }
    return concat(pooled, 0);
  }

  /** Concatenation that keeps the graph of a lone tensor, which the engine would copy. */
  private static NDArray concat(NDList parts, int axis) {
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts, axis);
  }
}
