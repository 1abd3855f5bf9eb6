package dev.lectern.golden.family.atss;

import dev.lectern.golden.MmdetNetworks;
import dev.lectern.golden.MmdetNetworks.Reading;
import dev.lectern.golden.MmdetParts;
import dev.lectern.golden.NetworkCase;
import dev.lectern.golden.NetworkResult;
import dev.lectern.golden.Settings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** MMDetection's ATSS. */
public final class AtssNetwork {
  private static final Reading READING =
      new Reading(MmdetNetworks.GROUPS, 0, AtssNetwork::head, AtssNetwork::objective);

  private AtssNetwork() {}

  /** Runs a case. */
  public static NetworkResult run(NetworkCase golden) {
    return MmdetNetworks.run(golden, "atss", READING);
  }

  private static Map<String, Object> head(Settings head, List<Integer> strides) {
    head.only("type", "ATSSHead");
    head.only("pred_kernel_size", 3);
    head.only("reg_decoded_bbox", true);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("octave-base-scale", MmdetParts.square(head, strides));
    keys.put("std", MmdetParts.deviations(head));
    return keys;
  }

  private static Map<String, Object> objective(Settings head, List<Integer> strides) {
    Map<String, Object> keys = MmdetParts.focal(head);
    MmdetParts.overlap(head, "giou-weight", keys);
    keys.put("centerness-weight", MmdetParts.centerness(head));
    keys.put("assign-topk", MmdetParts.atss(head));
    return keys;
  }
}
