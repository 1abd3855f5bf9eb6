package dev.lectern.trainer.train;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.network.Detectors;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.DistributionRebinning;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Needs;
import dev.lectern.trainer.view.BoxReading;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a student's levels, anchors and bins correspond to those of the recording's teacher.
 *
 * @param levels for each level of the student the teacher's level with the same stride; -1 where it
 *     has none
 * @param teacherAnchors per cell
 * @param studentAnchors per cell; as many, or one of the two is 1; the teacher's own where the
 *     student looks at boxes
 * @param boxes how the teacher's box outputs become boxes; null where no loss reads them
 * @param rebinning from the teacher's box distributions to the student's; null where no loss
 *     compares them
 * @param channels of the teacher's features on each level of the student; 0 where it has none
 * @param tokenChannels of the teacher's finest features; 0 where no loss reads them
 * @param kinds what losses read of the teacher
 * @param instances the teacher, where losses read its instances; else null
 * @param classes K of the student
 */
record Correspondence(
    List<Integer> levels,
    int teacherAnchors,
    int studentAnchors,
    BoxReading boxes,
    DistributionRebinning rebinning,
    List<Integer> channels,
    int tokenChannels,
    Set<TensorKind> kinds,
    TeacherDescriptor instances,
    int classes) {
  private static final Logger LOG = LoggerFactory.getLogger(Correspondence.class);

  /**
   * Checks that a run can be what its configuration says.
   *
   * @param losses those that listen to this recording's teacher
   * @param classes number of the dataset's, as the student sees it
   * @throws UserMistakeException with every reason why it cannot
   */
  static Correspondence of(TeacherAndStudent pair, List<Method> losses, int classes) {
    List<String> problems = new ArrayList<>();
    otherClasses(pair.student(), classes).ifPresent(problems::add);
    problems.addAll(obstacles(pair, losses));
    if (!problems.isEmpty()) {
      throw new UserMistakeException(
          "recording '"
              + pair.recording().getName()
              + "' does not suit the run: "
              + String.join("; ", problems));
    }
    Needs needs = Needs.all(losses.stream().map(pair::needs).toList());
    boolean givesInstances = pair.givesInstances();
    return new Correspondence(
        pair.levels(),
        losses.isEmpty() ? 1 : pair.teacherAnchors(),
        losses.isEmpty() ? pair.priors().anchorsPerCell() : pair.anchorsCompared(),
        needs.teacher().containsKey(TensorKind.BOX_LOGITS) && !givesInstances
            ? pair.teacherBoxes()
            : null,
        needs.distributions() && !givesInstances ? pair.rebinning() : null,
        pair.teacherChannels(),
        needs.tokens() ? pair.tokenChannels() : 0,
        needs.kinds(givesInstances),
        needs.kinds(givesInstances).contains(TensorKind.INSTANCES)
            ? pair.recording().getDescriptor()
            : null,
        pair.student().classes());
  }

  /** The teacher's levels that the student has too. */
  List<Integer> inCommon() {
    return levels.stream().filter(level -> level >= 0).toList();
  }

  /** The student's levels that the teacher has too; empty for all. */
  List<Integer> seen() {
    return instances == null && levels.contains(-1)
        ? IntStream.range(0, levels.size()).filter(l -> levels.get(l) >= 0).boxed().toList()
        : List.of();
  }

  /** Whether the best of several anchors of a cell stands for it where boxes are compared. */
  boolean choosesAnchors() {
    return boxes != null && studentAnchors < teacherAnchors;
  }

  /**
   * Checks a run against its dataset and each of its recordings before anything of them is read.
   *
   * @param recordings the run's, in its order
   * @param dataset as published
   * @return one for each recording
   * @throws UserMistakeException with every reason why the run cannot be what it says
   */
  static List<Correspondence> require(
      TrainConfig run, List<RecordingManifest> recordings, DatasetManifest dataset) {
    run.classes().require(dataset, recordings);
    requireLabelMaps(run.student(), dataset);
    LossPlan losses = LossPlan.of(run);
    DatasetManifest seen = run.canvas().of(run.classes().apply(dataset));
    if (recordings.isEmpty()) {
      otherClasses(run.student(), seen.getClassNames().size())
          .ifPresent(
              problem -> {
                throw new UserMistakeException(
                    "dataset '" + dataset.getName() + "' does not suit the run: " + problem);
              });
    }
    try (NDManager manager = TorchDevice.of("cpu").newManager();
        Detector student = Detectors.create(run.student(), manager, run.seed())) {
      List<Correspondence> matches = new ArrayList<>();
      for (int teacher = 0; teacher < recordings.size(); teacher++) {
        TeacherAndStudent pair =
            TeacherAndStudent.of(run, student.featureChannels(), recordings.get(teacher), seen);
        List<Method> own = losses.lossesOf(teacher);
        matches.add(of(pair, own, seen.getClassNames().size()));
        own.forEach(loss -> logConversions(pair, loss));
      }
      return List.copyOf(matches);
    }
  }

  private static void logConversions(TeacherAndStudent pair, Method loss) {
    List<String> conversions = pair.conversions(loss);
    if (!conversions.isEmpty()) {
      LOG.info(
          "loss converts what it reads name={} recording={} how={}",
          loss.name(),
          pair.recording().getName(),
          String.join("; ", conversions));
    }
  }

  private static void requireLabelMaps(DetectorSpec student, DatasetManifest dataset) {
    Family family = Families.of(student);
    if (family.task() == Task.SEGMENTATION && !dataset.getLabelMaps()) {
      throw new UserMistakeException(
          "dataset '"
              + dataset.getName()
              + "' has no label maps, from which head.family "
              + family.name()
              + " learns; publish one with format label-maps or coco-label-maps");
    }
  }

  private static Optional<String> otherClasses(DetectorSpec student, int classes) {
    return student.classes() == classes
        ? Optional.empty()
        : Optional.of(
            "student.classes: found " + student.classes() + ", the dataset has " + classes);
  }

  /** One text for each reason, after the losses that it concerns. */
  private static List<String> obstacles(TeacherAndStudent pair, List<Method> losses) {
    Map<String, Set<String>> byReason = new LinkedHashMap<>();
    for (Method loss : losses) {
      for (String reason : pair.obstacles(loss)) {
        byReason.computeIfAbsent(reason, r -> new LinkedHashSet<>()).add(loss.name());
      }
    }
    for (Method loss : pair.featuresBesideInstances(losses)) {
      byReason
          .computeIfAbsent(
              "levels: found all beside losses on the teacher's instances, expected those that it"
                  + " has features of: "
                  + pair.levelsInCommon(),
              r -> new LinkedHashSet<>())
          .add(loss.name());
    }
    return byReason.entrySet().stream()
        .map(entry -> String.join(", ", entry.getValue()) + ": " + entry.getKey())
        .toList();
  }
}
