package dev.lectern.golden.family.gfl;

import dev.lectern.golden.MmdetNetworks;
import dev.lectern.golden.MmdetNetworks.Reading;
import dev.lectern.golden.MmdetParts;
import dev.lectern.golden.NetworkCase;
import dev.lectern.golden.NetworkResult;
import dev.lectern.golden.Settings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** MMDetection's GFL. */
public final class GflNetwork {
  private static final Reading READING =
      new Reading(MmdetNetworks.GROUPS, 0, GflNetwork::head, GflNetwork::objective);

  private GflNetwork() {}

  /** Runs a case. */
  public static NetworkResult run(NetworkCase golden) {
    return MmdetNetworks.run(golden, "gfl", READING);
  }

  /** Keys of the head. */
  public static Map<String, Object> head(Settings head, List<Integer> strides) {
    head.only("type", "GFLHead", "GFLV2Head", "GFLV2Net");
    MmdetParts.distances(head);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("bins", head.integer("reg_max", 16) + 1);
    keys.put("octave-base-scale", MmdetParts.square(head, strides));
    return keys;
  }

  /** Keys of the objective. */
  public static Map<String, Object> objective(Settings head, List<Integer> strides) {
    Settings classes = MmdetParts.loss(head, "loss_cls");
    classes.only("type", "QualityFocalLoss");
    classes.only("use_sigmoid", true);
    classes.only("activated", false);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("beta", classes.number("beta", 2));
    keys.put("cls-weight", classes.number("loss_weight", 1));
    MmdetParts.overlap(head, "giou-weight", keys);
    Settings distributions = MmdetParts.loss(head, "loss_dfl");
    distributions.only("type", "DistributionFocalLoss");
    keys.put("dfl-weight", distributions.number("loss_weight", head.has("loss_dfl") ? 1 : 0.25));
    keys.put("assign-topk", MmdetParts.atss(head));
    return keys;
  }
}
