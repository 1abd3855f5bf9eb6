package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.DistributionRebinning;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.distil.Addends;
import dev.lectern.trainer.distil.Layers;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Methods;
import dev.lectern.trainer.distil.Pairing;
import dev.lectern.trainer.distil.Step;
import dev.lectern.trainer.distil.Term;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.distil.WeightedTerm;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.loss.LocalizationDistillationLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.Losses;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The whole training objective of ATSS, FCOS and RetinaNet students with box distributions under
 * localization distillation.
 */
final class AnchorHeadCases {
  private static final double GAMMA = 0.25; // fixed in the public code
  private static final int LD_DIVISOR = 4; // likewise

  private AnchorHeadCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "ld_head_atss", AnchorHeadCases::atss,
        "ld_head_fcos", AnchorHeadCases::fcos,
        "ld_head_retina", AnchorHeadCases::retina);
  }

  /** A student of the case, on its levels. */
  private record Student(
      DetectorSpec spec, PriorGrid priors, TrainedFamily family, List<RegionPart> parts) {
    static Student of(
        GoldenCase golden,
        String family,
        Map<String, Object> head,
        Map<String, Object> objective,
        RegionPart region) {
      Map<String, Object> keys = new LinkedHashMap<>(head);
      keys.put("family", family);
      keys.put("bins", golden.integer("reg_max") + 1);
      int[] strides = golden.integers("strides");
      DetectorSpec spec =
          DetectorSpec.parse(
              ConfigLoader.toYaml(
                  Map.of(
                      "classes", golden.integer("num_classes"),
                      "strides", Arrays.stream(strides).boxed().toList(),
                      "head", keys)),
              golden.id());
      PriorGrid priors = Families.of(spec).priors(spec, DenseInputs.levels(golden, "cls"));
      return new Student(
          spec,
          priors,
          TrainedFamilies.of(
              spec, priors, TrainedFamilies.settings(spec, objective), List.of(region)),
          List.of(region));
    }
  }

  private static CaseResult atss(GoldenCase golden) {
    RegionPart region = new RegionPart(RegionPart.Kind.VALUABLE, golden.number("gamma"));
    Student student =
        Student.of(
            golden,
            "atss",
            Map.of("octave-base-scale", golden.number("octave_base_scale")),
            Map.of("giou-weight", golden.number("w_giou"), "assign-topk", golden.integer("topk")),
            region);
    return run(golden, student, terms(golden, "vlr, gamma: " + golden.number("gamma")))
        .as("loss_ld_neg");
  }

  private static CaseResult fcos(GoldenCase golden) {
    List<Double> ends = new ArrayList<>();
    golden.setting("regress_ranges").forEach(range -> ends.add(range.get(1).asDouble()));
    Map<String, Object> objective = new LinkedHashMap<>();
    objective.put("box-weight", golden.number("w_giou"));
    objective.put("ranges", ends.subList(0, ends.size() - 1));
    if (golden.flag("center_sampling")) {
      objective.put("center-radius", golden.number("center_sample_radius"));
    }
    Student student =
        Student.of(
            golden,
            "fcos",
            Map.of("distances", "distribution"),
            objective,
            new RegionPart(RegionPart.Kind.INSIDE_BOX_WITHOUT_MAIN, 0));
    Outcome outcome = run(golden, student, terms(golden, "inside_box_without_main"));
    return withTargets(golden, student, outcome);
  }

  /** Labels and distances of every row, as the reference gives them. */
  private static CaseResult withTargets(GoldenCase golden, Student student, Outcome outcome) {
    List<GroundTruth> images = DenseInputs.images(golden);
    PriorGrid points = student.priors();
    int classes = golden.integer("num_classes");
    int count = outcome.targets().rows().count();
    long[] labels = new long[count];
    float[] distances = new float[4 * count];
    Arrays.fill(labels, classes);
    for (int n = 0; n < images.size(); n++) {
      GroundTruth truth = images.get(n);
      int[] objects = student.family().assigner().assign(truth.boxes()).objects();
      for (int i = 0; i < objects.length && truth.count() > 0; i++) {
        int row = outcome.targets().rows().row(n, i);
        if (objects[i] >= 0) {
          labels[row] = truth.labels()[objects[i]];
        }
        int from = 4 * Math.max(0, objects[i]); // the first box where none is learnt
        distances[4 * row] = points.centreX(i) - truth.boxes()[from];
        distances[4 * row + 1] = points.centreY(i) - truth.boxes()[from + 1];
        distances[4 * row + 2] = truth.boxes()[from + 2] - points.centreX(i);
        distances[4 * row + 3] = truth.boxes()[from + 3] - points.centreY(i);
      }
    }
    for (int row : outcome.targets().region(student.parts().get(0)).rows()) {
      labels[row] = classes + 1L;
    }
    return outcome
        .as("loss_ld_neg")
        .longs("target_label", Arrays.stream(labels))
        .floats("target_ltrb", distances);
  }

  private static CaseResult retina(GoldenCase golden) {
    Student student =
        Student.of(
            golden,
            "retinanet",
            Map.of(
                "octave-base-scale", golden.number("octave_base_scale"),
                "scales-per-octave", golden.integer("scales_per_octave"),
                "ratios", Arrays.stream(golden.numbers("ratios")).boxed().toList()),
            Map.of("box-weight", golden.number("w_giou")),
            new RegionPart(RegionPart.Kind.VALUABLE, GAMMA));
    RegionPart region = student.parts().get(0);
    double weight = golden.number("w_ld") / LD_DIVISOR;
    Function<Pairing, List<WeightedTerm>> terms =
        pairing ->
            List.of(
                WeightedTerm.of(
                    "loss_ld",
                    weight,
                    joint(
                        golden,
                        step -> step.targets().positives(),
                        (step, rows) -> step.positives().orElseThrow().scores())),
                WeightedTerm.of(
                    "loss_ld_vlr",
                    weight * golden.number("vlr_scale"),
                    joint(
                        golden,
                        step -> withoutMain(step.targets(), region),
                        (step, rows) -> step.manager().create(rows.weights()))),
                kd(golden, pairing));
    return run(golden, student, terms).as("loss_ld_vlr");
  }

  /**
   * Localization distillation as the public RetinaNet head computes it: one softmax over the bins
   * of all four edges together.
   */
  private static Term joint(
      GoldenCase golden,
      Function<Step, RowRegion> region,
      BiFunction<Step, RowRegion, NDArray> weights) {
    return step -> {
      RowRegion rows = region.apply(step);
      if (rows.count() == 0) {
        return Optional.empty();
      }
      NDArray perRow =
          LocalizationDistillationLoss.perEdge(
              step.distributions().orElseThrow().student(rows.rows()),
              step.distributions().orElseThrow().teacher(rows.rows()),
              golden.number("T_ld"),
              Variant.OFFICIAL);
      return Optional.of(new Addends(perRow.mul(weights.apply(step, rows)), 1));
    };
  }

  /** The valuable region, of which the public RetinaNet head takes the positives out. */
  private static RowRegion withoutMain(BatchTargets targets, RegionPart part) {
    RowRegion region = targets.region(part);
    RowRegion.Collector rest = new RowRegion.Collector(region.bounds().length - 1);
    for (int level = 0; level < region.bounds().length - 1; level++) {
      for (int m = region.bounds()[level]; m < region.bounds()[level + 1]; m++) {
        if (Arrays.binarySearch(targets.positives().rows(), region.rows()[m]) < 0) {
          rest.add(region.rows()[m], region.weights()[m]);
        }
      }
      rest.endLevel(level);
    }
    return rest.region();
  }

  /** Localization distillation on the positives and on a region, and class distillation. */
  private static Function<Pairing, List<WeightedTerm>> terms(GoldenCase golden, String region) {
    return pairing ->
        List.of(
            ld(golden, pairing, "loss_ld", "main", 1),
            ld(golden, pairing, "loss_ld_vlr", region, golden.number("vlr_scale")),
            kd(golden, pairing));
  }

  private static WeightedTerm ld(
      GoldenCase golden, Pairing pairing, String name, String region, double share) {
    Method method =
        Methods.of(
            "{name: ld, variant: official, temperature: %s, divisor: %d, region: %s}"
                .formatted(golden.number("T_ld"), LD_DIVISOR, region));
    return term(golden, name, golden.number("w_ld") * share, method, pairing);
  }

  private static WeightedTerm kd(GoldenCase golden, Pairing pairing) {
    Method method =
        Methods.of(
            "{name: kd, variant: official, temperature: %s}".formatted(golden.number("T_kd")));
    return term(golden, "loss_kd", golden.number("w_kd"), method, pairing);
  }

  private static WeightedTerm term(
      GoldenCase golden, String name, double weight, Method method, Pairing pairing) {
    ParameterBuilder nothing = new ParameterBuilder(golden.manager(), 0, List.of());
    return WeightedTerm.of(name, weight, method.term(pairing, new Layers(pairing, nothing, "")));
  }

  /**
   * Losses of a case.
   *
   * @param region where the second of the two terms of localization distillation looks
   */
  private record Outcome(GoldenCase golden, Losses losses, BatchTargets targets, RowRegion region) {
    /** The result, in which that term has the name of the public code. */
    CaseResult as(String regionName) {
      CaseResult result = new CaseResult().scalar("loss", losses.total());
      NDArray zero = Rows.zero(golden.tensor("cls_l0"));
      Map<String, String> names = new LinkedHashMap<>();
      losses.byName().keySet().forEach(name -> names.put(name, name));
      names.put("loss_ld_vlr", regionName);
      names.put("loss_kd", "loss_cls_kd");
      int levels = targets.rows().levels();
      int[] rows = IntStream.rangeClosed(0, levels).map(targets.rows()::start).toArray();
      int[] positives = targets.positives().bounds();
      names.forEach(
          (ours, theirs) -> {
            List<int[]> bounds =
                switch (ours) {
                  case "loss_cls" -> List.of(rows, positives);
                  case "loss_ld_vlr" -> List.of(region.bounds());
                  default -> List.of(positives);
                };
            result
                .scalar(theirs, losses.byName().get(ours))
                .levels(theirs, zero, losses.addends(ours), bounds);
          });
      return result;
    }
  }

  private static Outcome run(
      GoldenCase golden, Student student, Function<Pairing, List<WeightedTerm>> terms) {
    int levels = golden.integers("strides").length;
    int bins = golden.integer("reg_max") + 1;
    Assigner assigner = student.family().assigner();
    Pairing pairing =
        new Pairing(
            student.priors(),
            new GroundTruth.Extent(0, 0),
            assigner,
            golden.integer("num_classes"),
            List.of(),
            Collections.nCopies(levels, 0),
            0,
            0);
    BatchTargets targets = student.family().targets(DenseInputs.images(golden));
    TeacherOutputs teacher =
        TeacherOutputs.dense(
            DenseInputs.maps(golden, "t_cls", levels),
            DenseInputs.maps(golden, "t_box", levels),
            new BoxReading(Families.of(student.spec()).decoder(student.spec()), student.priors()),
            List.of(),
            DistributionRebinning.between(bins, 0, bins, 0));
    Outputs<NDArray> outputs =
        Outputs.<NDArray>none()
            .with(TensorRole.CLASS_LOGITS, DenseInputs.maps(golden, "cls", levels))
            .with(TensorRole.BOX_DISTRIBUTION, DenseInputs.maps(golden, "box", levels))
            .with(TensorRole.QUALITY, DenseInputs.maps(golden, "ctr", levels));
    Losses losses =
        new Objective(student.family(), terms.apply(pairing))
            .losses(outputs, List.of(teacher), targets, TrainingProgress.START);
    RegionPart part = student.parts().get(0);
    RowRegion region =
        Families.of(student.spec()).name().equals("retinanet")
            ? withoutMain(targets, part)
            : targets.region(part);
    return new Outcome(golden, losses, targets, region);
  }
}
