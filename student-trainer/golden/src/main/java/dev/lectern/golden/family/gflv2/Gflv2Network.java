package dev.lectern.golden.family.gflv2;

import dev.lectern.golden.MmdetNetworks;
import dev.lectern.golden.MmdetNetworks.Reading;
import dev.lectern.golden.NetworkCase;
import dev.lectern.golden.NetworkResult;
import dev.lectern.golden.Settings;
import dev.lectern.golden.family.gfl.GflNetwork;
import java.util.List;
import java.util.Map;

/** MMDetection's GFLv2. */
public final class Gflv2Network {
  private static final Reading READING =
      new Reading(MmdetNetworks.GROUPS, 0, Gflv2Network::head, GflNetwork::objective);

  private Gflv2Network() {}

  /** Runs a case. */
  public static NetworkResult run(NetworkCase golden) {
    return MmdetNetworks.run(golden, "gflv2", READING);
  }

  private static Map<String, Object> head(Settings head, List<Integer> strides) {
    Map<String, Object> keys = GflNetwork.head(head, strides);
    keys.put("quality-topk", head.integer("reg_topk", 4));
    keys.put("quality-mean", head.flag("add_mean", true));
    keys.put("quality-channels", head.integer("reg_channels", 64));
    return keys;
  }
}
