package dev.lectern.golden;

import java.util.Map;
import java.util.TreeMap;

/** Every family whose network cases can be verified. A new one is a line here. */
final class NetworkRunners {
  private NetworkRunners() {}

  /** Runner of each family, sorted by name. */
  static Map<String, NetworkRunner> all() {
    Map<String, NetworkRunner> runners = new TreeMap<>();
    runners.putAll(MmdetNetworks.runners());
    runners.put("faster_rcnn", FasterRcnnNetwork::run);
    runners.put("reppoints", RepPointsNetwork::run);
    runners.put("yolov8", YoloV8Network::run);
    runners.put("pspnet", SegmentationNetworks::pspnet);
    runners.put("deeplabv3", SegmentationNetworks::deeplabv3);
    return runners;
  }
}
