package dev.lectern.trainer.catalogue;

import dev.lectern.trainer.catalogue.Method.Channels;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.term.AttentionGuidedTerm;
import dev.lectern.trainer.objective.term.FocalGlobalTerm;
import dev.lectern.trainer.target.AreaCells;
import java.util.List;

/** Methods that weigh features by where networks attend, and relate all positions. */
final class AttentionMethods {
  private AttentionMethods() {}

  static List<Method> all() {
    return List.of(focalGlobal(), attentionGuided());
  }

  private static Method focalGlobal() {
    AreaCells region = new AreaCells();
    return Method.named("fgd", "focal and global distillation")
        .paper("Yang et al. 2022, arXiv:2111.11837, eq. 3 to 13")
        .formula(
            "weight * (w_fg sum_fg A (s-t)^2 + w_bg likewise + w_a |A_s - A_t|"
                + " + w_r (GC(s) - GC(t))^2) / N, summed over levels")
        .note(
            "A: the teacher's attention; GC: a global context block, one learned on each side."
                + " Published weights are those of RetinaNet and GFL; FCOS 1.6e-3, 8e-4, 8e-4,"
                + " 8e-6 with temperature 0.8; two-stage 5e-5, 2.5e-5, 5e-5, 5e-7. Padding counts"
                + " as background")
        .temperature(0.5)
        .features(Channels.EQUAL)
        .keys(
            MethodKey.number("foreground-weight", 1e-3, 0, "w_fg"),
            MethodKey.number("background-weight", 5e-4, 0, "w_bg"),
            MethodKey.number("attention-weight", 5e-4, 0, "w_a"),
            MethodKey.number("relation-weight", 5e-6, 0, "w_r"))
        .needs(loss -> TermNeeds.features(region))
        .term(
            (loss, site) ->
                new FocalGlobalTerm(
                    loss.adaptersAt(site),
                    site,
                    region,
                    new FocalGlobalTerm.Settings(
                        loss.number("foreground-weight"),
                        loss.number("background-weight"),
                        loss.number("attention-weight"),
                        loss.number("relation-weight"),
                        loss.temperature())));
  }

  private static Method attentionGuided() {
    return Method.named("fbkd", "attention-guided features and non-local relations")
        .paper("Zhang and Ma 2021 (ICLR), Improve object detection with feature-based distillation")
        .formula(
            "weight * (w_f sqrt(sum M (s-t)^2) + w_a (|mean_c| + |mean_hw|)"
                + " + w_r |NL(s) - NL(t)|), summed over levels")
        .note(
            "M: attention of both networks; NL: non-local blocks, one learned on each side; norms"
                + " run over the whole batch. official compares means of features behind learned"
                + " maps, paper means of magnitudes. Weights are those of the public code for"
                + " two-stage detectors; the paper's for one-stage are 4e-4, 2e-2, 4e-4")
        .temperature(0.5)
        .officialAndPaper()
        .features(Channels.OWN)
        .keys(
            MethodKey.number("feature-weight", 7e-5, 0, "w_f"),
            MethodKey.number("attention-weight", 4e-3, 0, "w_a"),
            MethodKey.number("relation-weight", 7e-5, 0, "w_r"))
        .term(
            (loss, site) ->
                new AttentionGuidedTerm(
                    loss.levelsAt(site),
                    site,
                    new AttentionGuidedTerm.Settings(
                        loss.number("feature-weight"),
                        loss.number("attention-weight"),
                        loss.number("relation-weight"),
                        loss.temperature(),
                        loss.variant())));
  }
}
