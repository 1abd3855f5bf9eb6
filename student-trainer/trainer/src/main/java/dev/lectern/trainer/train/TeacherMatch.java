package dev.lectern.trainer.train;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How a student's levels and bins correspond to those of the recording's teacher.
 *
 * @param levels for each level of the student the teacher's level with the same stride
 * @param rebinning from the teacher's box distributions to the student's
 * @param channels of the teacher's features on each level of the student; 0 where it has none
 */
record TeacherMatch(List<Integer> levels, DistributionRebinning rebinning, List<Integer> channels) {

  /**
   * Checks that a run can be what its configuration says.
   *
   * @param losses those that listen to this recording's teacher
   * @param priors the student's, and how its assigner uses them
   * @param studentChannels channels of the student's features; 0 if it offers none
   * @param classes what the student's classes stand for
   * @param dataset with the student's classes
   * @throws UserMistakeException with everything that stands against it
   */
  static TeacherMatch of(
      DetectorSpec student,
      int studentChannels,
      List<Method> losses,
      RegionPriors priors,
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
    TeacherMatch match = new TeacherMatch(List.of(), identity(student), List.of());
    if (!losses.isEmpty()) {
      match =
          match(student, studentChannels, losses, priors, recording, classes, dataset, problems);
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
      RegionPriors priors,
      RecordingManifest recording,
      ClassMap classes,
      DatasetManifest dataset,
      List<String> problems) {
    TeacherDescriptor teacher = recording.getDescriptor();
    Needs needs = Needs.all(losses.stream().map(Method::needs).toList());
    problems.addAll(RecordingCoverage.missing(losses, priors, recording));
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
    DistributionRebinning rebinning = identity(student);
    if (needs.teacher().containsKey(TensorKind.BOX_LOGITS)) {
      try {
        rebinning =
            DistributionRebinning.between(
                TensorLayout.bins(teacher),
                teacher.getPriors().getGridOffset(),
                Families.bins(student),
                student.gridOffset());
      } catch (IllegalArgumentException e) {
        problems.add(e.getMessage());
      }
    }
    List<Integer> channels = List.of();
    if (!levels.contains(-1)) {
      channels = levels.stream().map(TensorLayout.featureChannels(teacher)::get).toList();
      if (needs.studentFeatures()) {
        requireFeatures(studentChannels, losses, channels, problems);
      }
    }
    return new TeacherMatch(levels, rebinning, channels);
  }

  private static void requireClasses(
      ClassMapping classes, List<Method> losses, List<String> problems) {
    String readers =
        losses.stream()
            .filter(loss -> loss.needs().teacher().containsKey(TensorKind.CLASS_SCORES))
            .map(Method::name)
            .distinct()
            .collect(Collectors.joining(", "));
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

  private static DistributionRebinning identity(DetectorSpec student) {
    return DistributionRebinning.between(Families.bins(student), 0, Families.bins(student), 0);
  }
}
