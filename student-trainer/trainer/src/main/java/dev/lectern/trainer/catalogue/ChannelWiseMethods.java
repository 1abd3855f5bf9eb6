package dev.lectern.trainer.catalogue;

import dev.lectern.trainer.catalogue.Method.Channels;
import dev.lectern.trainer.loss.ChannelBhattacharyyaLoss;
import dev.lectern.trainer.loss.ChannelMapSquaredLoss;
import dev.lectern.trainer.loss.ChannelWiseCrossEntropyLoss;
import dev.lectern.trainer.loss.ChannelWiseDistillationLoss;
import dev.lectern.trainer.loss.FeatureSquaredLoss;
import dev.lectern.trainer.loss.NormalizedChannelWiseLoss;
import dev.lectern.trainer.objective.term.ClassMapTerm;
import dev.lectern.trainer.objective.term.FeatureMapTerm;
import dev.lectern.trainer.objective.term.MapLoss;
import java.util.List;
import java.util.function.Function;

/** Channel-wise distillation with its other forms and ablations. */
final class ChannelWiseMethods {
  private static final String PAPER = "Shu et al. 2021, arXiv:2011.13256";
  private static final String ABLATION = "ablation of arXiv:2011.13256, section 4.3";
  private static final String UNPUBLISHED = "the weight is our start value";

  private ChannelWiseMethods() {}

  static List<Method> all() {
    return List.of(
        cwd(), cwdLogits(), crossEntropy(), yolo(), bhattacharyya(), channelMse(), squared());
  }

  private static Method cwd() {
    return features(
        Method.named("cwd", "channel-wise distillation of neck features")
            .paper(PAPER + ", eq. 2 to 4")
            .formula("weight * T^2 / (N C) * sum_channels KL(softmax_HW(t/T) || softmax_HW(s/T))")
            .weight(5)
            .temperature(1),
        loss -> (s, t) -> ChannelWiseDistillationLoss.loss(s, t, loss.temperature()));
  }

  private static Method cwdLogits() {
    return Method.named("cwd_logits", "channel-wise distillation of class logit maps")
        .paper(PAPER)
        .formula("as cwd, one channel per class")
        .weight(3)
        .temperature(4)
        .classMaps()
        .term(
            (loss, site) ->
                new ClassMapTerm(
                    loss.levelsAt(site),
                    (s, t) -> ChannelWiseDistillationLoss.loss(s, t, loss.temperature())));
  }

  private static Method crossEntropy() {
    return features(
        Method.named("cwd_cross_entropy", "cwd with a cross entropy, as its detection port")
            .paper("after arXiv:2011.13256")
            .formula("as cwd with -sum p ln q: the teacher's entropy on top, the same gradient")
            .note("divides by the channels behind the adapter; published on P3 to P6")
            .weight(5)
            .temperature(1),
        loss ->
            (s, t) ->
                ChannelWiseCrossEntropyLoss.loss(s, t, loss.temperature(), s.getShape().get(1)));
  }

  private static Method yolo() {
    return features(
        Method.named("cwd_yolo", "cwd of normalised maps, as on YOLOv8's necks")
            .paper("after arXiv:2011.13256")
            .formula("cwd of BN(s) and BN(t), batch statistics, no affine map")
            .note(
                "its published form has a 1x1 convolution also where channels agree: adapter"
                    + " conv1x1; "
                    + UNPUBLISHED)
            .temperature(1),
        loss -> (s, t) -> NormalizedChannelWiseLoss.loss(s, t, loss.temperature()));
  }

  private static Method bhattacharyya() {
    return features(
        Method.named("cwd_bhattacharyya", "Bhattacharyya distance of channel distributions")
            .paper(ABLATION)
            .formula("weight / (N C) * sum_channels -ln sum_HW sqrt(p q)")
            .note(UNPUBLISHED)
            .weight(5)
            .temperature(1),
        loss -> (s, t) -> ChannelBhattacharyyaLoss.loss(s, t, loss.temperature()));
  }

  private static Method channelMse() {
    return features(
        Method.named("cwd_channel_mse", "squared difference of channel distributions")
            .paper(ABLATION)
            .formula("weight / (N C) * sum (softmax_HW(s) - softmax_HW(t))^2")
            .note(UNPUBLISHED)
            .weight(5),
        loss -> ChannelMapSquaredLoss::loss);
  }

  private static Method squared() {
    return features(
        Method.named("cwd_l2", "squared difference of features, summed over channels")
            .paper(ABLATION)
            .formula("weight / (N H W) * sum (s - t)^2")
            .note(UNPUBLISHED)
            .weight(0.02),
        loss -> FeatureSquaredLoss::perPosition);
  }

  private static Method features(Method.Builder method, Function<LossConfig, MapLoss> made) {
    return method
        .features(Channels.EQUAL)
        .term((loss, site) -> new FeatureMapTerm(loss.adaptersAt(site), made.apply(loss)));
  }
}
