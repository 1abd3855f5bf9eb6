package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.box.DistributionDecoder;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.DistributionRebinning;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.distil.Layers;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Methods;
import dev.lectern.trainer.distil.Needs;
import dev.lectern.trainer.distil.Pairing;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.distil.WeightedTerm;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.dense.DenseTargets;
import dev.lectern.trainer.family.gfl.GflObjective;
import dev.lectern.trainer.family.gfl.GflSettings;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.objective.Losses;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The whole training objective of a GFL student under localization distillation. */
final class LdHeadCases {
  private static final List<String> TERMS =
      List.of("loss_cls", "loss_bbox", "loss_dfl", "loss_ld", "loss_ld_vlr", "loss_kd", "loss_im");

  private LdHeadCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of("ld_head", LdHeadCases::gfl, "ld_head_gflv2", LdHeadCases::gfl);
  }

  private static Answer gfl(GoldenCase question) {
    int bins = question.integer("reg_max") + 1;
    int levels = question.integers("strides").length;
    PriorGrid priors = priors(question);
    Assigner assigner = Assigner.atss(priors, new AtssAssigner(question.integer("topk")));
    Map<String, Method> methods = methods(question);
    DenseTargetAssembler assembler =
        new DenseTargetAssembler(
            priors,
            assigner,
            Needs.all(methods.values().stream().map(Method::needs).toList()).parts());
    DenseTargets targets = assembler.assemble(images(question));
    int channels = question.has("feat_l0") ? (int) question.shape("feat_l0")[1] : 0;
    Pairing pairing =
        new Pairing(
            priors,
            new GroundTruth.Extent(0, 0),
            assigner,
            (int) question.shape("cls_l0")[1],
            Collections.nCopies(levels, channels),
            Collections.nCopies(levels, channels),
            0,
            0);
    Layers layers = new Layers(pairing, new ParameterBuilder(question.manager(), 0, List.of()), "");
    List<WeightedTerm> terms = new ArrayList<>();
    methods.forEach(
        (name, method) ->
            terms.add(WeightedTerm.of(name, method.weight(0), method.term(pairing, layers))));
    GflSettings settings =
        new GflSettings(
            question.number("qfl_beta"),
            null,
            question.number("w_giou"),
            question.number("w_dfl"),
            null);
    Objective objective = new Objective(new GflObjective(settings, bins, assembler), terms);
    Outputs<NDArray> student =
        Outputs.<NDArray>none()
            .with(TensorRole.CLASS_LOGITS, maps(question, "cls", levels))
            .with(TensorRole.BOX_DISTRIBUTION, maps(question, "box", levels))
            .with(TensorRole.FEATURES, maps(question, "feat", levels))
            .with(TensorRole.JOINT_SCORE, maps(question, "prob", levels));
    TeacherOutputs teacher =
        TeacherOutputs.dense(
            maps(question, "t_cls", levels),
            maps(question, "t_box", levels),
            new BoxReading(new DistributionDecoder(bins), priors),
            maps(question, "t_feat", levels),
            DistributionRebinning.between(bins, 0, bins, 0));
    Losses losses = objective.losses(student, List.of(teacher), targets, TrainingProgress.START);
    Answer answer = new Answer().scalar("loss", losses.total());
    NDArray zero = Rows.zero(student.get(TensorRole.CLASS_LOGITS, 0));
    for (String name : TERMS) {
      boolean used = losses.byName().containsKey(name);
      answer
          .scalar(name, used ? losses.byName().get(name) : zero)
          .levels(
              name,
              zero,
              used ? losses.addends(name) : List.of(),
              bounds(name, targets, methods, levels));
    }
    return answer
        .scalar("loss_kd_neg", zero) // the public code multiplies it by 0
        .levels("loss_kd_neg", zero, List.of(), List.of(targets.positives().bounds()));
  }

  /** Where the levels begin among the addends of a loss. */
  private static List<int[]> bounds(
      String loss, DenseTargets targets, Map<String, Method> methods, int levels) {
    int[] positives = targets.positives().bounds();
    return switch (loss) {
      case "loss_cls" -> {
        int[] rows =
            IntStream.rangeClosed(0, levels).map(level -> targets.rows().start(level)).toArray();
        yield List.of(rows, positives);
      }
      case "loss_ld_vlr" ->
          List.of(
              methods.containsKey(loss)
                  ? targets
                      .region((RegionPart) methods.get(loss).needs().parts().iterator().next())
                      .bounds()
                  : positives);
      case "loss_im" -> List.of(IntStream.rangeClosed(0, levels).toArray());
      default -> List.of(positives);
    };
  }

  /** The case's settings as a run would write them, by the names of the public code's losses. */
  private static Map<String, Method> methods(GoldenCase question) {
    Map<String, Method> methods = new LinkedHashMap<>();
    add(methods, "loss_ld", "ld", question.number("w_ld"), "T_ld", question, "");
    add(
        methods,
        "loss_ld_vlr",
        "ld",
        question.number("w_ld_vlr"),
        "T_ld_vlr",
        question,
        ", region: vlr, gamma: "
            + question.number("gamma")
            + ", divisor: "
            + question.number("vlr_avg_factor"));
    add(methods, "loss_kd", "kd", question.number("w_kd"), "T_kd", question, "");
    double weight = question.number("w_im");
    if (weight > 0) {
      methods.put(
          "loss_im",
          Methods.of(
              "{name: imitation, weight: " + weight + ", region: " + imitated(question) + "}"));
    }
    return methods;
  }

  private static void add(
      Map<String, Method> methods,
      String loss,
      String name,
      double weight,
      String temperature,
      GoldenCase question,
      String further) {
    if (weight > 0) {
      methods.put(
          loss,
          Methods.of(
              "{name: %s, weight: %s, temperature: %s%s}"
                  .formatted(name, weight, question.number(temperature), further)));
    }
  }

  private static String imitated(GoldenCase question) {
    return switch (question.text("imitation_method")) {
      case "finegrained" -> "fine_grained";
      case "fitnet" -> "inside_box"; // the public code's mode of that name
      case "gibox" -> "general_instances, nms-scope: batch";
      default ->
          throw new IllegalArgumentException(
              "unknown imitation method " + question.text("imitation_method"));
    };
  }

  static PriorGrid priors(GoldenCase question) {
    return new PriorGrid(levels(question, "cls"), 0, question.number("octave_base_scale"));
  }

  static List<LevelGrid> levels(GoldenCase question, String map) {
    int[] strides = question.integers("strides");
    List<LevelGrid> levels = new ArrayList<>();
    for (int l = 0; l < strides.length; l++) {
      long[] shape = question.shape(map + "_l" + l);
      levels.add(new LevelGrid(strides[l], (int) shape[2], (int) shape[3]));
    }
    return levels;
  }

  static List<GroundTruth> images(GoldenCase question) {
    List<GroundTruth> images = new ArrayList<>();
    for (int i = 0; question.has("gt_img" + i); i++) {
      images.add(new GroundTruth(question.floats("gt_img" + i), question.ints("label_img" + i)));
    }
    return images;
  }

  static List<NDArray> maps(GoldenCase question, String name, int levels) {
    if (!question.has(name + "_l0")) {
      return List.of();
    }
    return IntStream.range(0, levels).mapToObj(l -> question.tensor(name + "_l" + l)).toList();
  }
}
