package dev.lectern.golden.family.gfl;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.box.DistributionDecoder;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.golden.CaseResult;
import dev.lectern.golden.CaseRunner;
import dev.lectern.golden.DenseInputs;
import dev.lectern.golden.GoldenCase;
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
import dev.lectern.trainer.family.dense.OverlapLoss;
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

/**
 * The whole training objective of a GFL student, or one of GFLv2, under localization distillation.
 */
public final class GflCases {
  private static final List<String> TERMS =
      List.of("loss_cls", "loss_bbox", "loss_dfl", "loss_ld", "loss_ld_vlr", "loss_kd", "loss_im");

  private GflCases() {}

  public static Map<String, CaseRunner> runners() {
    return Map.of(
        "ld_head", GflCases::distilled,
        "ld_head_gflv2", GflCases::distilled);
  }

  private static CaseResult distilled(GoldenCase golden) {
    int bins = golden.integer("reg_max") + 1;
    int levels = golden.integers("strides").length;
    PriorGrid priors = DenseInputs.priors(golden);
    Assigner assigner = Assigner.atss(priors, new AtssAssigner(golden.integer("topk")));
    Map<String, Method> methods = methods(golden);
    DenseTargetAssembler assembler =
        new DenseTargetAssembler(
            priors,
            assigner,
            Needs.all(methods.values().stream().map(Method::needs).toList()).parts());
    DenseTargets targets = assembler.assemble(DenseInputs.images(golden));
    int channels = golden.has("feat_l0") ? (int) golden.shape("feat_l0")[1] : 0;
    Pairing pairing =
        new Pairing(
            priors,
            new GroundTruth.Extent(0, 0),
            assigner,
            (int) golden.shape("cls_l0")[1],
            Collections.nCopies(levels, channels),
            Collections.nCopies(levels, channels),
            0,
            0);
    Layers layers = new Layers(pairing, new ParameterBuilder(golden.manager(), 0, List.of()), "");
    List<WeightedTerm> terms = new ArrayList<>();
    methods.forEach(
        (name, method) ->
            terms.add(WeightedTerm.of(name, method.weight(), method.term(pairing, layers))));
    GflSettings settings =
        new GflSettings(
            golden.number("qfl_beta"),
            1,
            golden.number("w_giou"),
            golden.number("w_dfl"),
            9,
            OverlapLoss.GIOU);
    Objective objective = new Objective(new GflObjective(settings, bins, assembler), terms);
    Outputs<NDArray> student =
        Outputs.<NDArray>none()
            .with(TensorRole.CLASS_LOGITS, DenseInputs.maps(golden, "cls", levels))
            .with(TensorRole.BOX_DISTRIBUTION, DenseInputs.maps(golden, "box", levels))
            .with(TensorRole.FEATURES, DenseInputs.maps(golden, "feat", levels))
            .with(TensorRole.JOINT_SCORE, DenseInputs.maps(golden, "prob", levels));
    TeacherOutputs teacher =
        TeacherOutputs.dense(
            DenseInputs.maps(golden, "t_cls", levels),
            DenseInputs.maps(golden, "t_box", levels),
            new BoxReading(new DistributionDecoder(bins), priors),
            DenseInputs.maps(golden, "t_feat", levels),
            DistributionRebinning.between(bins, 0, bins, 0));
    Losses losses = objective.losses(student, List.of(teacher), targets, TrainingProgress.START);
    CaseResult result = new CaseResult().scalar("loss", losses.total());
    NDArray zero = Rows.zero(student.get(TensorRole.CLASS_LOGITS, 0));
    for (String name : TERMS) {
      boolean used = losses.byName().containsKey(name);
      result
          .scalar(name, used ? losses.byName().get(name) : zero)
          .levels(
              name,
              zero,
              used ? losses.addends(name) : List.of(),
              bounds(name, targets, methods, levels));
    }
    return result
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
  private static Map<String, Method> methods(GoldenCase golden) {
    Map<String, Method> methods = new LinkedHashMap<>();
    add(methods, "loss_ld", "ld", golden.number("w_ld"), "T_ld", golden, "");
    add(
        methods,
        "loss_ld_vlr",
        "ld",
        golden.number("w_ld_vlr"),
        "T_ld_vlr",
        golden,
        ", region: vlr, gamma: "
            + golden.number("gamma")
            + ", divisor: "
            + golden.number("vlr_avg_factor"));
    add(methods, "loss_kd", "kd", golden.number("w_kd"), "T_kd", golden, "");
    double weight = golden.number("w_im");
    if (weight > 0) {
      methods.put(
          "loss_im",
          Methods.of(
              "{name: imitation, variant: official, weight: "
                  + weight
                  + ", region: "
                  + imitated(golden)
                  + "}"));
    }
    return methods;
  }

  private static void add(
      Map<String, Method> methods,
      String loss,
      String name,
      double weight,
      String temperature,
      GoldenCase golden,
      String further) {
    if (weight > 0) {
      methods.put(
          loss,
          Methods.of(
              "{name: %s, variant: official, weight: %s, temperature: %s%s}"
                  .formatted(name, weight, golden.number(temperature), further)));
    }
  }

  private static String imitated(GoldenCase golden) {
    return switch (golden.text("imitation_method")) {
      case "finegrained" -> "fine_grained";
      case "fitnet" -> "inside_box"; // the public code's mode of that name
      case "gibox" -> "general_instances, nms-scope: batch";
      default ->
          throw new IllegalArgumentException(
              "unknown imitation method " + golden.text("imitation_method"));
    };
  }
}
