package dev.lectern.trainer.catalogue;

import dev.lectern.trainer.catalogue.Method.Channels;
import dev.lectern.trainer.loss.AttentionTransferLoss;
import dev.lectern.trainer.loss.LocalAffinityLoss;
import dev.lectern.trainer.loss.PairWiseDistillationLoss;
import dev.lectern.trainer.loss.PixelWiseDistillationLoss;
import dev.lectern.trainer.loss.PixelWiseDistillationLoss.Reduction;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.term.ClassMapTerm;
import dev.lectern.trainer.objective.term.ClassVariationTerm;
import dev.lectern.trainer.objective.term.FeatureMapTerm;
import dev.lectern.trainer.objective.term.MapLoss;
import dev.lectern.trainer.target.ClassCells;
import java.util.List;

/** Methods that compare how positions relate, or what each position says by itself. */
final class RelationMethods {
  private RelationMethods() {}

  static List<Method> all() {
    return List.of(
        attentionTransfer(),
        localAffinity(),
        pairWise(),
        pixelWise(),
        pixelWiseFeatures(),
        pixelWiseCrossEntropy(),
        classVariation());
  }

  private static Method attentionTransfer() {
    return Method.named("attention_transfer", "where a map is active, whatever its channels")
        .paper("Zagoruyko and Komodakis 2017, arXiv:1612.03928, section 3.1")
        .formula("weight * mean over N, HW of (A_s - A_t)^2, A = mean_c x^2 with L2 norm 1")
        .note("paper: sum_c |x| and the L2 distance; the weight is the start value for official")
        .weight(1000)
        .officialAndPaper()
        .features(Channels.ANY)
        .term(
            (loss, site) ->
                new FeatureMapTerm(
                    loss.adaptersAt(site),
                    (s, t) -> AttentionTransferLoss.loss(s, t, loss.variant())));
  }

  private static Method localAffinity() {
    return Method.named("local_affinity", "distance of each position from its eight neighbours")
        .paper("Xie et al. 2018, arXiv:1810.12020, section 3.2")
        .formula(
            "weight * mean over positions of (c_s - c_t)^2, c = mean distance to the neighbours")
        .note("mode per_neighbour compares each neighbour; the weight is our start value")
        .features(Channels.ANY)
        .keys(
            MethodKey.choice(
                "mode", "one mean distance per position, or each", "mean", "per_neighbour"))
        .term(
            (loss, site) -> {
              LocalAffinityLoss.Mode mode =
                  loss.choice("mode").equals("mean")
                      ? LocalAffinityLoss.Mode.MEAN
                      : LocalAffinityLoss.Mode.PER_NEIGHBOUR;
              return new FeatureMapTerm(
                  loss.adaptersAt(site), (s, t) -> LocalAffinityLoss.loss(s, t, mode));
            });
  }

  private static Method pairWise() {
    return Method.named("pairwise", "cosine similarity of every pair of positions")
        .paper("Liu et al. 2019, arXiv:1903.04197, eq. 2 and 3")
        .formula("weight / (P^2 N) * sum_ij (a_s - a_t)^2, a_ij = cos(f_i, f_j)")
        .note("official max-pools first; paper compares all positions: (H W)^2 floats")
        .officialAndPaper()
        .features(Channels.ANY)
        .keys(
            MethodKey.between(
                "pool-scale", 0.5, 1e-3, 1, "official: the pool's kernel as a part of the map"))
        .term(
            (loss, site) -> {
              double scale = loss.number("pool-scale");
              return new FeatureMapTerm(
                  loss.adaptersAt(site),
                  loss.variant() == Variant.PAPER
                      ? PairWiseDistillationLoss::paper
                      : (s, t) -> PairWiseDistillationLoss.official(s, t, scale));
            });
  }

  private static Method pixelWise() {
    return pixels("pixelwise", "softmax over classes at every position")
        .classMaps()
        .term((loss, site) -> pixels(loss, site, divergence(loss)));
  }

  private static Method pixelWiseFeatures() {
    return pixels("pixelwise_features", "softmax over the channels of features at every position")
        .features(Channels.EQUAL)
        .term((loss, site) -> new FeatureMapTerm(loss.adaptersAt(site), divergence(loss)));
  }

  private static Method.Builder pixels(String name, String title) {
    return Method.named(name, title)
        .paper("Liu et al. 2019, arXiv:1903.04197, eq. 1")
        .formula("weight / (N C H W) * sum_positions KL(softmax_C(t/T) || softmax_C(s/T))")
        .note("paper: mean over positions alone, times T^2")
        .weight(10)
        .temperature(1)
        .officialAndPaper();
  }

  private static MapLoss divergence(LossConfig loss) {
    Reduction reduction = loss.variant() == Variant.PAPER ? Reduction.PER_POSITION : Reduction.MEAN;
    return (s, t) -> PixelWiseDistillationLoss.loss(s, t, loss.temperature(), reduction);
  }

  private static Method pixelWiseCrossEntropy() {
    return Method.named(
            "pixelwise_cross_entropy", "pixelwise as a cross entropy, summed over images")
        .paper("the public code of arXiv:1903.04197")
        .formula("weight / (H W) * sum_positions -sum_C softmax(t) log softmax(s)")
        .note("grows with the batch size, as in the public code")
        .weight(10)
        .classMaps()
        .term((loss, site) -> pixels(loss, site, PixelWiseDistillationLoss::crossEntropy));
  }

  private static ClassMapTerm pixels(LossConfig loss, TermSite site, MapLoss compare) {
    loss.requireClasses(site);
    return new ClassMapTerm(loss.levelsAt(site), compare);
  }

  private static Method classVariation() {
    return Method.named("ifvd", "intra-class feature variation")
        .paper("Wang et al. 2020, arXiv:2007.13108, section 3.2")
        .formula("weight * mean over positions of (cos(s_i, mean of its class) - same of t)^2")
        .note(
            "classes of cells come from the annotated boxes, the smallest on top; background is a"
                + " class, padding none; the weight is that of the segmentation code")
        .weight(200)
        .features(Channels.ANY)
        .needs(loss -> TermNeeds.features(new ClassCells()))
        .term(
            (loss, site) ->
                new ClassVariationTerm(loss.adaptersAt(site), site.geometry().classes()));
  }
}
