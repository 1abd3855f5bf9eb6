package dev.lectern.golden;

import dev.lectern.golden.family.atss.AtssNetwork;
import dev.lectern.golden.family.fasterrcnn.FasterRcnnNetwork;
import dev.lectern.golden.family.fcos.FcosNetwork;
import dev.lectern.golden.family.gfl.GflNetwork;
import dev.lectern.golden.family.gflv2.Gflv2Network;
import dev.lectern.golden.family.reppoints.RepPointsNetwork;
import dev.lectern.golden.family.retinanet.RetinaNetNetwork;
import dev.lectern.golden.family.segmentation.SegmentationNetworks;
import dev.lectern.golden.family.yolov8.YoloV8Network;
import java.util.Map;
import java.util.TreeMap;

/**
 * Every family whose network cases can be verified. A new one is a folder below {@code family} and
 * a line here.
 */
final class NetworkRunners {
  private NetworkRunners() {}

  /** Runner of each family, sorted by name. */
  static Map<String, NetworkRunner> all() {
    Map<String, NetworkRunner> runners = new TreeMap<>();
    runners.put("gfl", GflNetwork::run);
    runners.put("gflv2", Gflv2Network::run);
    runners.put("atss", AtssNetwork::run);
    runners.put("fcos", FcosNetwork::run);
    runners.put("retinanet", RetinaNetNetwork::run);
    runners.put("faster_rcnn", FasterRcnnNetwork::run);
    runners.put("reppoints", RepPointsNetwork::run);
    runners.put("yolov8", YoloV8Network::run);
    runners.put("pspnet", SegmentationNetworks::pspnet);
    runners.put("deeplabv3", SegmentationNetworks::deeplabv3);
    return runners;
  }
}
