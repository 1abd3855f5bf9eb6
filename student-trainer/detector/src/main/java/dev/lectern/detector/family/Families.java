package dev.lectern.detector.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.Presets;
import dev.lectern.detector.box.DistributionDecoder;
import dev.lectern.detector.family.atss.Atss;
import dev.lectern.detector.family.deeplabv3.DeepLabV3;
import dev.lectern.detector.family.fasterrcnn.FasterRcnn;
import dev.lectern.detector.family.fcos.Fcos;
import dev.lectern.detector.family.gfl.Gfl;
import dev.lectern.detector.family.gflv2.Gflv2;
import dev.lectern.detector.family.pspnet.PspNet;
import dev.lectern.detector.family.reppoints.RepPoints;
import dev.lectern.detector.family.retinanet.RetinaNet;
import dev.lectern.detector.family.yolov8.YoloV8;
import dev.lectern.detector.pixel.Upsampling;
import dev.lectern.schemas.config.Upgraded;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.serde.AvroLimits;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * All families of networks. A new one is a folder beside {@code gfl}, a line here and one in {@link
 * HeadSettings}.
 */
public final class Families {
  static {
    // Builders of records read the schema's defaults, which name classes of the contract.
    AvroLimits.apply();
  }

  /** Every family of detectors. */
  public static final List<Family> ALL =
      List.of(
          new Gfl(),
          new Gflv2(),
          new Atss(),
          new Fcos(),
          new RetinaNet(),
          new YoloV8(),
          new RepPoints(),
          new FasterRcnn());

  /** Every family of networks that give each pixel a class. */
  public static final List<SegmentationFamily> SEGMENTATION =
      List.of(new PspNet(), new DeepLabV3());

  private Families() {}

  /** The family of a specification. */
  public static Family of(DetectorSpec spec) {
    return Stream.concat(ALL.stream(), SEGMENTATION.stream())
        .filter(family -> family.settings().isInstance(spec.head()))
        .findFirst()
        .orElseThrow();
  }

  /**
   * How the class logits of a teacher become as large as the canvas: as those of the family that
   * its descriptor names, of others by the centres of cells.
   */
  public static Upsampling upsampling(TeacherDescriptor teacher) {
    return SEGMENTATION.stream()
        .filter(family -> family.name().equalsIgnoreCase(teacher.getFamily()))
        .map(SegmentationFamily::upsampling)
        .findFirst()
        .orElse(Upsampling.CENTRES);
  }

  /** Rewrites specifications of earlier versions, and those that name presets. */
  public static final class Upgrade implements Upgraded.Upgrade {
    @Override
    public Map<String, String> apply(ObjectNode spec) {
      Presets.expand(spec);
      Map<String, String> moved = new LinkedHashMap<>();
      ALL.forEach(family -> moved.putAll(family.upgrade(spec)));
      return moved;
    }
  }

  /** Bins per box side of a detector that gives box distributions; 0 of others. */
  public static int bins(DetectorSpec spec) {
    return of(spec).task() == Task.DETECTION
            && of(spec).decoder(spec) instanceof DistributionDecoder distributions
        ? distributions.bins()
        : 0;
  }
}
