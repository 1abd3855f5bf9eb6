package dev.lectern.trainer.train;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.BoxDecoder;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.DistributionRebinning;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Needs;
import dev.lectern.trainer.replay.ClassMap;
import dev.lectern.trainer.replay.ClassMapping;
import dev.lectern.trainer.view.BoxReading;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * How a student's levels and bins correspond to those of the recording's teacher.
 *
 * @param levels for each level of the student the teacher's level with the same stride
 * @param anchorsPerCell A of both
 * @param boxes how the teacher's box outputs become boxes; null where no loss reads them
 * @param rebinning from the teacher's box distributions to the student's; null where no loss
 *     compares them
 * @param channels of the teacher's features on each level of the student; 0 where it has none
 */
record TeacherMatch(
    List<Integer> levels,
    int anchorsPerCell,
    BoxReading boxes,
    DistributionRebinning rebinning,
    List<Integer> channels) {

  /**
   * Checks that a run can be what its configuration says.
   *
   * @param losses those that listen to this recording's teacher
   * @param priors the student's
   * @param regions by which a recording's regions must be drawn; empty if they cannot be
   * @param studentChannels channels of the student's features; 0 if it offers none
   * @param classes what the student's classes stand for
   * @param dataset with the student's classes
   * @throws UserMistakeException with everything that stands against it
   */
  static TeacherMatch of(
      DetectorSpec student,
      int studentChannels,
      List<Method> losses,
      PriorGrid priors,
      Optional<RegionPriors> regions,
      RecordingManifest recording,
      ClassMap classes,
      DatasetManifest dataset) {
    List<String> problems = new ArrayList<>();
    if (student.classes() != dataset.getClassNames().size()) {
      problems.add(
          "student.classes: found "
              + student.classes()
              + ", the dataset has "
              + dataset.getClassNames().size());
    }
    TeacherMatch match =
        new TeacherMatch(List.of(), priors.anchorsPerCell(), null, null, List.of());
    if (!losses.isEmpty()) {
      match =
          match(
              student,
              studentChannels,
              losses,
              priors,
              regions,
              recording,
              classes,
              dataset,
              problems);
    }
    if (!problems.isEmpty()) {
      throw new UserMistakeException(
          "recording '"
              + recording.getName()
              + "' does not suit the run: "
              + String.join("; ", problems));
    }
    return match;
  }

  private static TeacherMatch match(
      DetectorSpec student,
      int studentChannels,
      List<Method> losses,
      PriorGrid priors,
      Optional<RegionPriors> regions,
      RecordingManifest recording,
      ClassMap classes,
      DatasetManifest dataset,
      List<String> problems) {
    TeacherDescriptor teacher = recording.getDescriptor();
    Needs needs = Needs.all(losses.stream().map(Method::needs).toList());
    problems.addAll(RecordingCoverage.missing(losses, regions, recording));
    if (needs.teacher().containsKey(TensorKind.CLASS_SCORES)) {
      requireClasses(
          ClassMapping.between(teacher.getClassNames(), dataset.getClassNames(), classes),
          losses,
          problems);
    }
    int count = student.strides().size();
    for (Method loss : losses) {
      if (loss.levels().chosen().stream().anyMatch(l -> l >= count)) {
        problems.add(
            "losses.levels: found "
                + loss.levels().chosen()
                + " for "
                + loss.name()
                + ", the student has "
                + count
                + " levels");
      }
    }
    List<Integer> levels = new ArrayList<>();
    for (int stride : student.strides()) {
      int level = levelOf(teacher, stride);
      levels.add(level);
      if (level < 0) {
        problems.add(
            "student.strides: the teacher has no level of stride "
                + stride
                + ", it has "
                + TensorLayout.strides(teacher));
      }
    }
    requireAnchors(teacher, losses, priors, problems);
    BoxReading boxes = null;
    if (needs.teacher().containsKey(TensorKind.BOX_LOGITS) && !levels.contains(-1)) {
      boxes = boxes(teacher, levels, losses, problems);
    }
    DistributionRebinning rebinning = null;
    if (needs.distributions()) {
      rebinning = rebinning(student, teacher, losses, problems);
    }
    List<Integer> channels = List.of();
    if (!levels.contains(-1)) {
      channels = levels.stream().map(TensorLayout.featureChannels(teacher)::get).toList();
      if (needs.studentFeatures()) {
        requireFeatures(studentChannels, losses, channels, problems);
      }
    }
    return new TeacherMatch(levels, priors.anchorsPerCell(), boxes, rebinning, channels);
  }

  private static void requireClasses(
      ClassMapping classes, List<Method> losses, List<String> problems) {
    String readers = names(losses, needs -> needs.teacher().containsKey(TensorKind.CLASS_SCORES));
    classes.lacking().ifPresent(problem -> problems.add("losses: " + readers + ": " + problem));
  }

  private static void requireFeatures(
      int studentChannels, List<Method> losses, List<Integer> channels, List<String> problems) {
    if (channels.contains(0)) {
      problems.add(
          "the losses need features of every level, the teacher has " + channels + " channels");
    }
    if (studentChannels == 0) {
      problems.add("the losses need features, the student's network offers none");
    }
    for (Method loss : losses) {
      if (loss.needsEqualChannels() && channels.stream().anyMatch(c -> c != studentChannels)) {
        problems.add(
            "losses.adapter: none for "
                + loss.name()
                + ", but the student has "
                + studentChannels
                + " feature channels and the teacher "
                + channels);
      }
    }
  }

  private static int levelOf(TeacherDescriptor teacher, int stride) {
    return TensorLayout.strides(teacher).indexOf(stride);
  }

  /** Predictions are compared anchor by anchor. */
  private static void requireAnchors(
      TeacherDescriptor teacher, List<Method> losses, PriorGrid priors, List<String> problems) {
    int theirs = TensorLayout.anchorsPerCell(teacher);
    String readers =
        names(
            losses,
            needs ->
                needs.teacher().containsKey(TensorKind.CLASS_SCORES)
                    || needs.teacher().containsKey(TensorKind.BOX_LOGITS));
    if (!readers.isEmpty() && theirs != priors.anchorsPerCell()) {
      problems.add(
          "losses: "
              + readers
              + " compare predictions anchor by anchor, but the teacher has "
              + theirs
              + " per cell and the student "
              + priors.anchorsPerCell());
    }
  }

  private static BoxReading boxes(
      TeacherDescriptor teacher, List<Integer> levels, List<Method> losses, List<String> problems) {
    String readers = names(losses, needs -> needs.teacher().containsKey(TensorKind.BOX_LOGITS));
    if (teacher.getBoxes() == null) {
      problems.add("losses: " + readers + " read boxes, but the teacher gives none per cell");
      return null;
    }
    try {
      List<LevelGrid> grids =
          TensorLayout.levels(teacher).stream()
              .map(level -> new LevelGrid(level.stride(), level.height(), level.width()))
              .toList();
      return new BoxReading(
          BoxDecoder.of(teacher.getBoxes()),
          PriorGrid.of(grids, teacher.getPriors()).onLevels(levels));
    } catch (IllegalArgumentException e) {
      problems.add("losses: " + readers + " read boxes, but of the teacher's " + e.getMessage());
      return null;
    }
  }

  private static DistributionRebinning rebinning(
      DetectorSpec student, TeacherDescriptor teacher, List<Method> losses, List<String> problems) {
    String readers = names(losses, Needs::distributions);
    int ours = Families.bins(student);
    if (ours == 0) {
      problems.add(
          "losses: "
              + readers
              + " compare box distributions, but the student's boxes are "
              + Families.of(student).coding(student).boxes().getForm()
              + " (head.family "
              + Families.of(student).name()
              + ")");
    }
    int theirs = TensorLayout.bins(teacher);
    if (theirs == 0) {
      problems.add(
          "losses: "
              + readers
              + " compare box distributions, but the teacher's boxes are "
              + (teacher.getBoxes() == null ? "absent" : teacher.getBoxes().getForm()));
    }
    if (ours == 0 || theirs == 0) {
      return null;
    }
    try {
      return DistributionRebinning.between(
          theirs, teacher.getPriors().getGridOffset(), ours, student.gridOffset());
    } catch (IllegalArgumentException e) {
      problems.add(e.getMessage());
      return null;
    }
  }

  private static String names(List<Method> losses, Predicate<Needs> readers) {
    return losses.stream()
        .filter(loss -> readers.test(loss.needs()))
        .map(Method::name)
        .distinct()
        .collect(Collectors.joining(", "));
  }
}
