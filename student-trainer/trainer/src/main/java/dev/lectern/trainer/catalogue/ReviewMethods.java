package dev.lectern.trainer.catalogue;

import dev.lectern.trainer.catalogue.Method.Channels;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.term.DecoupledReviewTerm;
import dev.lectern.trainer.objective.term.FeatureReviewTerm;
import dev.lectern.trainer.target.AreaCells;
import java.util.List;

/** Methods that fuse the student's levels from coarse to fine before they compare. */
final class ReviewMethods {
  private static final String CHANNELS = "of the fused maps, inside the learned layers";

  private ReviewMethods() {}

  static List<Method> all() {
    return List.of(review(), decoupledReview());
  }

  private static Method review() {
    return Method.named("reviewkd", "knowledge review: fused levels, compared at several sizes")
        .paper("Chen et al. 2021, arXiv:2104.09044, section 3.3")
        .formula("weight * HCL(ABF(s), t), summed over levels; HCL: mean squares, also of pools")
        .note(
            "ABF: gates learned with the run join each level with the coarser ones; they normalise"
                + " by the batch. Published weights for RetinaNet: 1 (R50), 1.2 (R18), 2"
                + " (MobileNetV2). One level alone is not fused with anything")
        .weight(1)
        .features(Channels.OWN)
        .keys(MethodKey.whole("channels", 256, 1, CHANNELS))
        .term(
            (loss, site) ->
                new FeatureReviewTerm(loss.levelsAt(site), site, loss.whole("channels")));
  }

  private static Method decoupledReview() {
    AreaCells region = new AreaCells();
    return Method.named("krd", "knowledge review and feature decoupling, a reconstruction")
        .paper("our reconstruction from an abstract; parts of arXiv:2104.09044 and 2111.11837")
        .formula("weight * (w_fg D(P, t, boxes) + w_bg D(P, t, rest)), summed over levels")
        .note(
            "only the paper's abstract is at hand, every choice is ours, and its published figures"
                + " do not hold for this form: say so beside results. P: the student's levels"
                + " fused from coarse to fine by gates over positions and channels; D: mean"
                + " squares weighed by the teacher's attention, also of pools")
        .weight(1)
        .temperature(0.5)
        .features(Channels.OWN)
        .keys(
            MethodKey.whole("channels", 256, 2, CHANNELS),
            MethodKey.number("foreground-weight", 1, 0, "w_fg"),
            MethodKey.number("background-weight", 0.5, 0, "w_bg"))
        .needs(loss -> TermNeeds.features(region))
        .term(
            (loss, site) ->
                new DecoupledReviewTerm(
                    loss.levelsAt(site),
                    site,
                    region,
                    new DecoupledReviewTerm.Settings(
                        loss.whole("channels"),
                        loss.number("foreground-weight"),
                        loss.number("background-weight"),
                        loss.temperature())));
  }
}
