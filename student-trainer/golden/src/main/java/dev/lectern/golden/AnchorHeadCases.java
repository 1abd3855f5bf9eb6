package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.MaxIouAssigner;
import dev.lectern.trainer.family.atss.AtssHeadAssigner;
import dev.lectern.trainer.family.fcos.FcosHeadAssigner;
import dev.lectern.trainer.family.focal.HeadAssigner;
import dev.lectern.trainer.family.focal.HeadObjective;
import dev.lectern.trainer.family.focal.HeadSettings;
import dev.lectern.trainer.family.focal.HeadSettings.Softmax;
import dev.lectern.trainer.family.focal.HeadSettings.ValuableWeight;
import dev.lectern.trainer.family.focal.HeadTargets;
import dev.lectern.trainer.family.retinanet.RetinaHeadAssigner;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.objective.Losses;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The whole training objective of ATSS, FCOS and RetinaNet students under distillation. */
final class AnchorHeadCases {
  private static final double GAMMA = 0.25; // fixed in the public code
  private static final int CANDIDATES = 9; // likewise

  private AnchorHeadCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "ld_head_atss", AnchorHeadCases::atss,
        "ld_head_fcos", AnchorHeadCases::fcos,
        "ld_head_retina", AnchorHeadCases::retina);
  }

  private static Answer atss(GoldenCase question) {
    HeadAssigner assigner =
        new AtssHeadAssigner(
            LdHeadCases.priors(question),
            new AtssAssigner(question.integer("topk")),
            question.number("gamma"));
    return answer(
        question,
        HeadTargets.of(assigner, LdHeadCases.images(question)),
        settings(question, Softmax.PER_EDGE, ValuableWeight.REGION),
        "loss_ld_neg");
  }

  private static Answer fcos(GoldenCase question) {
    PriorGrid points = new PriorGrid(LdHeadCases.levels(question, "cls"), 0.5, 1);
    List<GroundTruth> images = LdHeadCases.images(question);
    HeadTargets targets =
        HeadTargets.of(new FcosHeadAssigner(points, TargetCases.fcosAssigner(question)), images);
    Answer answer =
        answer(
            question,
            targets,
            settings(question, Softmax.PER_EDGE, ValuableWeight.SCORE),
            "loss_ld_neg");
    int classes = question.integer("num_classes");
    int[] labels = new int[targets.objects().length];
    Arrays.fill(labels, classes);
    for (int p = 0; p < targets.labels().length; p++) {
      labels[targets.positives().rows()[p]] = targets.labels()[p];
    }
    for (int row : targets.valuable().rows()) {
      labels[row] = classes + 1;
    }
    return answer
        .longs("target_label", Arrays.stream(labels).asLongStream())
        .floats("target_ltrb", distances(points, targets, images));
  }

  /** Distances of every row; the reference gives those from the first box where none is learnt. */
  private static float[] distances(
      PriorGrid points, HeadTargets targets, List<GroundTruth> images) {
    float[] distances = new float[4 * targets.objects().length];
    int row = 0;
    for (int level = 0; level < points.levels().size(); level++) {
      for (GroundTruth truth : images) {
        for (int i = points.start(level); i < points.start(level + 1); i++, row++) {
          if (truth.count() > 0) {
            int from = 4 * Math.max(0, targets.objects()[row]);
            distances[4 * row] = points.centreX(i) - truth.boxes()[from];
            distances[4 * row + 1] = points.centreY(i) - truth.boxes()[from + 1];
            distances[4 * row + 2] = truth.boxes()[from + 2] - points.centreX(i);
            distances[4 * row + 3] = truth.boxes()[from + 3] - points.centreY(i);
          }
        }
      }
    }
    return distances;
  }

  private static Answer retina(GoldenCase question) {
    AnchorGenerator generator =
        new AnchorGenerator(
            question.number("octave_base_scale"),
            question.integer("scales_per_octave"),
            Arrays.stream(question.numbers("ratios")).boxed().toList(),
            0);
    HeadAssigner assigner =
        new RetinaHeadAssigner(
            LdHeadCases.levels(question, "cls"),
            generator,
            MaxIouAssigner.RETINANET,
            new AtssAssigner(CANDIDATES),
            GAMMA);
    return answer(
        question,
        HeadTargets.of(assigner, LdHeadCases.images(question)),
        settings(question, Softmax.JOINT, ValuableWeight.REGION),
        "loss_ld_vlr");
  }

  private static HeadSettings settings(
      GoldenCase question, Softmax softmax, ValuableWeight valuableWeight) {
    return new HeadSettings(
        question.number("w_giou"),
        question.number("w_ld"),
        question.number("T_ld"),
        softmax,
        question.number("vlr_scale"),
        valuableWeight,
        question.number("w_kd"),
        question.number("T_kd"));
  }

  private static Answer answer(
      GoldenCase question, HeadTargets targets, HeadSettings settings, String valuableName) {
    int levels = question.integers("strides").length;
    Losses losses =
        new HeadObjective(
                settings, question.integer("num_classes"), question.integer("reg_max") + 1)
            .losses(outputs(question, "", levels), outputs(question, "t_", levels), targets);
    Answer answer = new Answer().scalar("loss", losses.total());
    NDArray zero = Rows.zero(question.tensor("cls_l0"));
    Map<String, String> names = new LinkedHashMap<>();
    losses.byName().keySet().forEach(name -> names.put(name, name));
    names.put("loss_ld_vlr", valuableName);
    names.put("loss_kd", "loss_cls_kd");
    names.forEach(
        (ours, theirs) -> {
          List<int[]> bounds =
              switch (ours) {
                case "loss_cls" -> List.of(targets.starts(), targets.positives().bounds());
                case "loss_ld_vlr" -> List.of(targets.valuable().bounds());
                default -> List.of(targets.positives().bounds());
              };
          answer
              .scalar(theirs, losses.byName().get(ours))
              .levels(theirs, zero, losses.addends(ours), bounds);
        });
    return answer;
  }

  private static Outputs<NDArray> outputs(GoldenCase question, String prefix, int levels) {
    List<NDArray> centerness = LdHeadCases.maps(question, prefix + "ctr", levels);
    return Outputs.<NDArray>none()
        .with(TensorRole.CLASS_LOGITS, LdHeadCases.maps(question, prefix + "cls", levels))
        .with(TensorRole.BOX_DISTRIBUTION, LdHeadCases.maps(question, prefix + "box", levels))
        .with(TensorRole.QUALITY, centerness);
  }
}
