package dev.lectern.trainer.catalogue;

import dev.lectern.trainer.catalogue.Method.Channels;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.term.FocalGlobalTerm;
import dev.lectern.trainer.target.AreaCells;
import java.util.List;

/** Methods that weigh features by where networks attend, and relate all positions. */
final class AttentionMethods {
  private AttentionMethods() {}

  static List<Method> all() {
    return List.of(focalGlobal());
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
}
