package dev.lectern.trainer.catalogue;

import dev.lectern.trainer.catalogue.Method.Channels;
import dev.lectern.trainer.loss.FeatureSquaredLoss;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.term.CellImitationTerm;
import dev.lectern.trainer.objective.term.CellImitationTerm.CellChoice;
import dev.lectern.trainer.objective.term.FeatureMapTerm;
import dev.lectern.trainer.objective.term.InstanceCells;
import dev.lectern.trainer.target.RegionPart;
import java.util.List;
import java.util.Optional;

/** Methods that copy the teacher's features, everywhere or at chosen cells. */
final class ImitationMethods {
  private ImitationMethods() {}

  static List<Method> all() {
    return List.of(imitation(), fitnets());
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
        .weight(2)
        .features(Channels.EQUAL)
        .term((loss, site) -> new FeatureMapTerm(loss.adaptersAt(site), FeatureSquaredLoss::mean));
  }
}
