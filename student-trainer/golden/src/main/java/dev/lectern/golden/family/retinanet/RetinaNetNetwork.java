package dev.lectern.golden.family.retinanet;

import dev.lectern.golden.MmdetNetworks;
import dev.lectern.golden.MmdetNetworks.Reading;
import dev.lectern.golden.MmdetParts;
import dev.lectern.golden.NetworkCase;
import dev.lectern.golden.NetworkResult;
import dev.lectern.golden.Settings;
import java.util.List;
import java.util.Map;

/** MMDetection's RetinaNet. */
public final class RetinaNetNetwork {
  private static final Reading READING =
      new Reading(0, 0, RetinaNetNetwork::head, RetinaNetNetwork::objective);

  private RetinaNetNetwork() {}

  /** Runs a case. */
  public static NetworkResult run(NetworkCase golden) {
    return MmdetNetworks.run(golden, "retinanet", READING);
  }

  private static Map<String, Object> head(Settings head, List<Integer> strides) {
    head.only("type", "RetinaHead");
    Map<String, Object> keys = MmdetParts.octaves(MmdetParts.anchors(head, strides));
    keys.put("std", MmdetParts.deviations(head));
    return keys;
  }

  private static Map<String, Object> objective(Settings head, List<Integer> strides) {
    Map<String, Object> keys = MmdetParts.focal(head);
    Settings box = MmdetParts.loss(head, "loss_bbox");
    Map<String, String> names = MmdetParts.overlaps();
    boolean decoded = head.flag("reg_decoded_bbox", false);
    if (decoded) {
      MmdetParts.overlap(box);
    } else {
      names = Map.of("L1Loss", "l1", "SmoothL1Loss", "l1");
      if (box.text("type", "SmoothL1Loss").equals("SmoothL1Loss")) {
        keys.put("box-beta", box.number("beta", head.has("loss_bbox") ? 1 : 1.0 / 9));
      }
    }
    keys.put("box-loss", box.choice("type", "SmoothL1Loss", names));
    keys.put("box-weight", box.number("loss_weight", 1));
    keys.putAll(MmdetParts.maxIou(MmdetParts.assigner(head.at("train_cfg"), "MaxIoUAssigner"), ""));
    return keys;
  }
}
