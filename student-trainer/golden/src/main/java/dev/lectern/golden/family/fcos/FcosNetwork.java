package dev.lectern.golden.family.fcos;

import dev.lectern.golden.MmdetNetworks;
import dev.lectern.golden.MmdetNetworks.Reading;
import dev.lectern.golden.MmdetParts;
import dev.lectern.golden.NetworkCase;
import dev.lectern.golden.NetworkResult;
import dev.lectern.golden.Settings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** MMDetection's FCOS. */
public final class FcosNetwork {
  private static final Reading READING =
      new Reading(MmdetNetworks.GROUPS, 0.5, FcosNetwork::head, FcosNetwork::objective);

  /** Of FCOS, in pixels. */
  private static final List<List<Double>> RANGES =
      List.of(
          List.of(-1.0, 64.0),
          List.of(64.0, 128.0),
          List.of(128.0, 256.0),
          List.of(256.0, 512.0),
          List.of(512.0, 1e8));

  private FcosNetwork() {}

  /** Runs a case. */
  public static NetworkResult run(NetworkCase golden) {
    return MmdetNetworks.run(golden, "fcos", READING);
  }

  private static Map<String, Object> head(Settings head, List<Integer> strides) {
    head.only("type", "FCOSHead");
    head.only("dcn_on_last_conv", false);
    head.require(head.integers("strides", strides).equals(strides), "strides", strides.toString());
    MmdetParts.distances(head);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("distances", head.flag("norm_on_bbox", false) ? "normalized" : "exp");
    keys.put("centerness", head.flag("centerness_on_reg", false) ? "boxes" : "classes");
    if (head.choice("conv_bias", "auto", Map.of("true", true, "false", false, "auto", false))) {
      keys.put("bias", true);
    }
    return keys;
  }

  private static Map<String, Object> objective(Settings head, List<Integer> strides) {
    Map<String, Object> keys = MmdetParts.focal(head);
    Settings box = MmdetParts.loss(head, "loss_bbox");
    MmdetParts.overlap(box);
    keys.put("box-loss", box.choice("type", "IoULoss", MmdetParts.overlaps()));
    keys.put("box-weight", box.number("loss_weight", 1));
    keys.put("centerness-weight", MmdetParts.centerness(head));
    keys.put("ranges", ranges(head, strides.size()));
    if (head.flag("center_sampling", false)) {
      keys.put("center-radius", head.number("center_sample_radius", 1.5));
    } else {
      head.ignore("center_sample_radius");
    }
    // it decides on an assignment of its own; what is said of training has no part in it
    Settings training = head.at("train_cfg");
    training.only("allowed_border", -1);
    training.only("pos_weight", -1);
    training.ignore("assigner", "debug");
    return keys;
  }

  /** Where the range of each level but the last ends. */
  private static List<Double> ranges(Settings head, int levels) {
    List<List<Double>> ranges = head.pairs("regress_ranges", RANGES);
    boolean connected = ranges.size() == levels && ranges.get(0).get(0) <= 0;
    for (int level = 1; connected && level < levels; level++) {
      connected = ranges.get(level).get(0).equals(ranges.get(level - 1).get(1));
    }
    head.require(connected, "regress_ranges", "one for each level, each from where the last ends");
    return ranges.subList(0, levels - 1).stream().map(range -> range.get(1)).toList();
  }
}
