package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.GflObjective;
import dev.lectern.trainer.objective.GflSettings;
import dev.lectern.trainer.objective.LevelAdapter;
import dev.lectern.trainer.objective.Losses;
import dev.lectern.trainer.objective.Moment;
import dev.lectern.trainer.objective.StudentOutputs;
import dev.lectern.trainer.objective.TeacherOutputs;
import dev.lectern.trainer.objective.WeightedTerm;
import dev.lectern.trainer.objective.term.CellImitationTerm;
import dev.lectern.trainer.objective.term.CellImitationTerm.CellChoice;
import dev.lectern.trainer.objective.term.ClassificationTerm;
import dev.lectern.trainer.objective.term.InstanceCells;
import dev.lectern.trainer.objective.term.LocalizationTerm;
import dev.lectern.trainer.objective.term.RegionRows;
import dev.lectern.trainer.target.DistributionRebinning;
import dev.lectern.trainer.target.GflTargetAssembler;
import dev.lectern.trainer.target.GflTargets;
import dev.lectern.trainer.target.GroundTruth;
import dev.lectern.trainer.target.RegionPart;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The whole training objective of a GFL student under localization distillation. */
final class LdHeadCases {
  private static final RegionRows MAIN = new RegionRows(RegionPart.MAIN);

  private static final List<String> TERMS =
      List.of("loss_cls", "loss_bbox", "loss_dfl", "loss_ld", "loss_ld_vlr", "loss_kd", "loss_im");

  private LdHeadCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of("ld_head", LdHeadCases::gfl, "ld_head_gflv2", LdHeadCases::gfl);
  }

  private static Answer gfl(GoldenCase question) {
    int bins = question.integer("reg_max") + 1;
    int levels = question.integers("strides").length;
    List<WeightedTerm> terms = terms(question, DistributionRebinning.between(bins, 0, bins, 0));
    GflTargets targets =
        new GflTargetAssembler(
                priors(question),
                new AtssAssigner(question.integer("topk")),
                bins,
                List.of(valuable(question), imitated(question)))
            .assemble(images(question));
    GflSettings settings =
        new GflSettings(
            question.number("qfl_beta"), question.number("w_giou"), question.number("w_dfl"));
    GflObjective objective = new GflObjective(settings, bins, terms);
    StudentOutputs student =
        new StudentOutputs(
            maps(question, "cls", levels),
            maps(question, "box", levels),
            maps(question, "feat", levels),
            maps(question, "prob", levels));
    TeacherOutputs teacher =
        TeacherOutputs.dense(
            maps(question, "t_cls", levels),
            maps(question, "t_box", levels),
            maps(question, "t_feat", levels));
    return answer(
        objective.losses(student, List.of(teacher), targets, Moment.START), levels, student);
  }

  private static Answer answer(Losses losses, int levels, StudentOutputs student) {
    Answer answer = new Answer().scalar("loss", losses.total());
    NDArray zero = Rows.zero(student.cls().get(0));
    for (String name : TERMS) {
      boolean used = losses.byName().containsKey(name);
      answer.scalar(name, used ? losses.byName().get(name) : zero);
      for (int l = 0; l < levels; l++) {
        answer.scalar(name + "_l" + l, used ? losses.ofLevel(name, l) : zero);
      }
    }
    answer.scalar("loss_kd_neg", zero); // the public code multiplies it by 0
    IntStream.range(0, levels).forEach(l -> answer.scalar("loss_kd_neg_l" + l, zero));
    return answer;
  }

  private static List<WeightedTerm> terms(GoldenCase question, DistributionRebinning same) {
    List<WeightedTerm> terms = new ArrayList<>();
    add(
        terms,
        "loss_ld",
        question.number("w_ld"),
        new LocalizationTerm(MAIN, question.number("T_ld"), 4, Variant.OFFICIAL, same));
    add(
        terms,
        "loss_ld_vlr",
        question.number("w_ld_vlr"),
        new LocalizationTerm(
            new RegionRows(valuable(question)),
            question.number("T_ld_vlr"),
            question.number("vlr_avg_factor"),
            Variant.OFFICIAL,
            same));
    add(
        terms,
        "loss_kd",
        question.number("w_kd"),
        new ClassificationTerm(MAIN, question.number("T_kd"), 1, Variant.OFFICIAL));
    if (question.number("w_im") > 0) {
      List<LevelAdapter> plain =
          IntStream.range(0, question.integers("strides").length)
              .mapToObj(level -> new LevelAdapter(level, Optional.empty()))
              .toList();
      add(
          terms,
          "loss_im",
          question.number("w_im"),
          new CellImitationTerm(plain, cells(question, same), Variant.OFFICIAL));
    }
    return terms;
  }

  private static void add(
      List<WeightedTerm> terms, String name, double weight, DistillationTerm term) {
    if (weight > 0) {
      terms.add(WeightedTerm.of(name, weight, term));
    }
  }

  private static RegionPart valuable(GoldenCase question) {
    return new RegionPart(RegionPart.Kind.VALUABLE, question.number("gamma"));
  }

  private static CellChoice cells(GoldenCase question, DistributionRebinning same) {
    if (question.text("imitation_method").equals("gibox")) {
      return new InstanceCells(InstanceCells.Scope.BATCH, 0.3, 10, same);
    }
    RegionPart region = imitated(question);
    return (level, step) -> step.targets().region(region).cells(level, step.targets().rows());
  }

  private static RegionPart imitated(GoldenCase question) {
    if (question.number("w_im") == 0) {
      return RegionPart.MAIN; // nothing is imitated, whatever the method is called
    }
    return switch (question.text("imitation_method")) {
      case "finegrained" -> new RegionPart(RegionPart.Kind.FINE_GRAINED, 0);
      case "fitnet" ->
          new RegionPart(RegionPart.Kind.INSIDE_BOX, 0); // the public code's mode of that name
      case "gibox" -> RegionPart.MAIN; // chosen in the step; the positives are always there
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
