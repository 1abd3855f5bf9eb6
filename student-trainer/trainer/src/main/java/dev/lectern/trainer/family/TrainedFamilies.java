package dev.lectern.trainer.family;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.deeplabv3.DeepLabV3;
import dev.lectern.detector.family.gfl.Gfl;
import dev.lectern.detector.family.gflv2.Gflv2;
import dev.lectern.detector.family.pspnet.PspNet;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.atss.AtssTraining;
import dev.lectern.trainer.family.fasterrcnn.FasterRcnnTraining;
import dev.lectern.trainer.family.fcos.FcosTraining;
import dev.lectern.trainer.family.gfl.GflTraining;
import dev.lectern.trainer.family.reppoints.RepPointsTraining;
import dev.lectern.trainer.family.retinanet.RetinaNetTraining;
import dev.lectern.trainer.family.segmentation.SegmentationTraining;
import dev.lectern.trainer.family.yolov8.YoloV8Training;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All families that runs can train. A new one is a folder beside {@code gfl} and a line here. */
public final class TrainedFamilies {
  /** Every family. */
  public static final List<Training<?>> ALL =
      List.of(
          new GflTraining(new Gfl()),
          new GflTraining(new Gflv2()),
          new AtssTraining(),
          new FcosTraining(),
          new RetinaNetTraining(),
          new YoloV8Training(),
          new RepPointsTraining(),
          new FasterRcnnTraining(),
          new SegmentationTraining(new PspNet()),
          new SegmentationTraining(new DeepLabV3()));

  private TrainedFamilies() {}

  /** The training of a student's family. */
  public static Training<?> of(DetectorSpec spec) {
    String name = Families.of(spec).name();
    return ALL.stream()
        .filter(training -> training.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "student.head.family: found " + name + ", which cannot be trained"));
  }

  /**
   * A run's settings with every default.
   *
   * @param given the keys that the run sets; null for none
   * @throws dev.lectern.schemas.config.UserMistakeException if a key is not the family's
   */
  @SuppressWarnings("unchecked") // a record becomes keys and values
  public static Map<String, Object> settings(DetectorSpec spec, Map<String, Object> given) {
    return ConfigLoader.bind(
        ConfigLoader.toYaml(bound(of(spec), given)), List.of(), Map.class, "objective");
  }

  /** The rule by which a recording's regions hold a region of a student; empty if none does. */
  public static Optional<RegionPriors> regions(
      DetectorSpec spec, Map<String, Object> settings, RegionPart region) {
    return regions(of(spec), spec, settings, region);
  }

  private static <S extends Record> Optional<RegionPriors> regions(
      Training<S> training, DetectorSpec spec, Map<String, Object> settings, RegionPart region) {
    return training.regions(spec, bound(training, settings), region);
  }

  /** A run's family, set up. */
  public static TrainedFamily of(
      DetectorSpec spec,
      PriorGrid priors,
      Map<String, Object> settings,
      Collection<TargetPart<?>> parts) {
    return start(of(spec), spec, priors, settings, parts);
  }

  private static <S extends Record> TrainedFamily start(
      Training<S> training,
      DetectorSpec spec,
      PriorGrid priors,
      Map<String, Object> settings,
      Collection<TargetPart<?>> parts) {
    return training.of(spec, priors, bound(training, settings), parts);
  }

  private static <S extends Record> S bound(Training<S> training, Map<String, Object> settings) {
    return ConfigLoader.bind(
        ConfigLoader.toYaml(settings == null ? Map.of() : settings),
        List.of(),
        training.settings(),
        "objective");
  }
}
