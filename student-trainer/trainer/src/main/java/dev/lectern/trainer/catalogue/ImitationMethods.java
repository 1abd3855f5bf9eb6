package dev.lectern.trainer.catalogue;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.catalogue.Method.Channels;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.FeatureImitationLoss;
import dev.lectern.trainer.loss.FeatureSquaredLoss;
import dev.lectern.trainer.loss.FineGrainedImitationLoss;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.objective.term.CellImitationTerm;
import dev.lectern.trainer.objective.term.CellImitationTerm.CellChoice;
import dev.lectern.trainer.objective.term.DecoupledTerm;
import dev.lectern.trainer.objective.term.FeatureMapTerm;
import dev.lectern.trainer.objective.term.InstanceCells;
import dev.lectern.trainer.objective.term.MapLoss;
import dev.lectern.trainer.objective.term.RegressedTerm;
import dev.lectern.trainer.objective.term.Regressor;
import dev.lectern.trainer.target.FineGrainedCells;
import dev.lectern.trainer.target.FineGrainedCells.Form;
import dev.lectern.trainer.target.ForegroundCells;
import dev.lectern.trainer.target.RegionPart;
import java.util.List;
import java.util.Optional;

/** Methods that copy the teacher's features, everywhere or at chosen cells. */
final class ImitationMethods {
  private ImitationMethods() {}

  static List<Method> all() {
    return List.of(imitation(), fitnets(), fineGrained(), decoupled());
  }

  private static Method imitation() {
    return Method.named("imitation", "imitation of neck features at chosen cells")
        .paper("regions compared in arXiv:2102.12252; general instances arXiv:2103.02340")
        .formula("weight * mean over cells and channels of (s - t)^2, summed over levels")
        .note("official leaves out levels without any positive; general_instances reads logits too")
        .weight(2)
        .regions(
            Region.MAIN,
            Region.INSIDE_BOX,
            Region.FINE_GRAINED,
            Region.WHOLE_MAP,
            Region.GENERAL_INSTANCES)
        .officialAndPaper()
        .features(Channels.EQUAL)
        .keys(
            MethodKey.whole("instances", 10, 1, "general instances kept per level and scope"),
            MethodKey.between("nms-iou", 0.3, 0, 1, "overlap at which one suppresses another"),
            MethodKey.choice(
                "nms-scope",
                "what shares one suppression; the public code takes the batch",
                "image",
                "batch"))
        .needs(ImitationMethods::needs)
        .term(ImitationMethods::imitationTerm);
  }

  private static TermNeeds needs(LossConfig loss) {
    if (loss.region() == Region.GENERAL_INSTANCES) {
      return TermNeeds.everything();
    }
    return loss.region() == Region.WHOLE_MAP
        ? TermNeeds.features()
        : TermNeeds.features(loss.regionPart());
  }

  private static DistillationTerm imitationTerm(LossConfig loss, TermSite site) {
    return new CellImitationTerm(loss.adaptersAt(site), cells(loss, site), loss.variant());
  }

  private static CellChoice cells(LossConfig loss, TermSite site) {
    if (loss.region() == Region.GENERAL_INSTANCES) {
      return new InstanceCells(
          loss.choice("nms-scope").equals("image")
              ? InstanceCells.Scope.IMAGE
              : InstanceCells.Scope.BATCH,
          loss.number("nms-iou"),
          loss.whole("instances"),
          site.geometry().rebinning());
    }
    Optional<RegionPart> part = loss.region().part(0);
    return part.<CellChoice>map(
            rows ->
                (level, step) -> step.targets().region(rows).cells(level, step.targets().rows()))
        .orElseGet(CellImitationTerm::everywhere);
  }

  private static Method fitnets() {
    return Method.named("fitnets", "hints: imitation of whole neck maps")
        .paper("Romero et al. 2015, arXiv:1412.6550, eq. 3")
        .formula("weight * mean over all elements of (s - t)^2, summed over levels")
        .note(
            "paper: half the sum over elements, mean over images. The published regressor ends in"
                + " a ReLU, which suits features that are not negative; it replaces the adapter")
        .weight(2)
        .officialAndPaper()
        .features(Channels.EQUAL)
        .keys(
            MethodKey.choice(
                "regressor",
                "learned layers on the student: none but the adapter, or 1x1 convolution,"
                    + " normalisation by the batch, ReLU",
                "none",
                "conv_bn_relu"))
        .term(ImitationMethods::fitnetsTerm);
  }

  private static DistillationTerm fitnetsTerm(LossConfig loss, TermSite site) {
    MapLoss compare =
        loss.variant() == Variant.PAPER
            ? FeatureSquaredLoss::halfPerImage
            : FeatureSquaredLoss::mean;
    return loss.choice("regressor").equals("none")
        ? new FeatureMapTerm(loss.adaptersAt(site), compare)
        : new RegressedTerm(
            Regressor.ofHints(loss.levelsAt(site), site),
            (level, map, step) -> compare.of(map, step.teacherFeatures(level)));
  }

  private static Method fineGrained() {
    return Method.named(
            "fine_grained", "fine-grained imitation as first published, and its FPN port")
        .paper("Wang et al. 2019, arXiv:1906.03609, eq. 1 and 2")
        .formula("weight / (2 cells) * sum over chosen cells and channels of (t - adapted s)^2")
        .note(
            "adapted: 3x3 convolution and ReLU, learned with the run. own_level: each box on the"
                + " level of its size, and a mean over channels; every_level: as published for a"
                + " single map, overlaps counted in whole pixels. The region of"
                + " arXiv:2102.12252 is imitation with region fine_grained")
        .weight(0.01)
        .features(Channels.OWN)
        .keys(MethodKey.choice("boxes", "which boxes a level looks at", "own_level", "every_level"))
        .needs(loss -> TermNeeds.features(fineGrainedCells(loss)))
        .term(
            (loss, site) -> {
              FineGrainedCells cells = fineGrainedCells(loss);
              return new RegressedTerm(
                  Regressor.ofFineGrained(loss.levelsAt(site), site),
                  (level, map, step) -> fineGrainedLoss(cells, level, map, step));
            });
  }

  private static FineGrainedCells fineGrainedCells(LossConfig loss) {
    return new FineGrainedCells(
        loss.choice("boxes").equals("own_level") ? Form.OWN_LEVEL : Form.EVERY_LEVEL);
  }

  private static NDArray fineGrainedLoss(
      FineGrainedCells region, int level, NDArray map, TermStep step) {
    boolean[] cells = step.targets().part(region)[level];
    NDArray teacher = step.teacherFeatures(level);
    return region.form() == Form.EVERY_LEVEL
        ? FineGrainedImitationLoss.loss(map, teacher, cells)
        : FeatureImitationLoss.loss(map, teacher, cells).mul(Constants.of(map, 0.5));
  }

  private static Method decoupled() {
    ForegroundCells region = new ForegroundCells();
    return Method.named("defeat", "decoupled features: objects and background apart")
        .paper("Guo et al. 2021, arXiv:2103.14475, eq. 2 and 3")
        .formula("weight * mean over levels of (w_fg sum_fg (s-t)^2 / (2 C n_fg) + w_bg likewise)")
        .note(
            "paper: the form that arXiv:2102.12252 compares, w_fg mean_fg + w_bg mean_bg, levels"
                + " summed; published there with weight 2, w_fg 1, w_bg 2. Its part on the second"
                + " stage's classes has no counterpart in one-stage detectors. Published with a"
                + " decay: schedule {decay: linear}; and with adapter conv3x3")
        .officialAndPaper()
        .features(Channels.EQUAL)
        .keys(
            MethodKey.number("foreground-weight", 3, 0, "w_fg"),
            MethodKey.number("background-weight", 12, 0, "w_bg"))
        .needs(loss -> TermNeeds.features(region))
        .term(
            (loss, site) ->
                new DecoupledTerm(
                    loss.adaptersAt(site),
                    region,
                    loss.variant(),
                    loss.number("foreground-weight"),
                    loss.number("background-weight")));
  }
}
