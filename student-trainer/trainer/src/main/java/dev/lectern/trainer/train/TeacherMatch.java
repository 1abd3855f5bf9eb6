package dev.lectern.trainer.train;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.objective.MapTerm;
import dev.lectern.trainer.target.DistributionRebinning;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a student's levels and bins correspond to those of the recording's teacher.
 *
 * @param levels for each level of the student the teacher's level with the same stride
 * @param rebinning from the teacher's box distributions to the student's
 * @param adaptedChannels per level the channels that the student's features are brought to; empty
 *     for no adapter
 */
record TeacherMatch(
    List<Integer> levels, DistributionRebinning rebinning, List<Integer> adaptedChannels) {

  /**
   * Checks that a run can be what its configuration says.
   *
   * @param studentChannels channels of the student's features; 0 if it offers none
   * @throws UserMistakeException with everything that stands against it
   */
  static TeacherMatch of(
      DetectorSpec student,
      int studentChannels,
      LossPlan plan,
      RecordingManifest recording,
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
    if (plan.settings().any()) {
      match = match(student, studentChannels, plan, recording, dataset, problems);
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
      LossPlan plan,
      RecordingManifest recording,
      DatasetManifest dataset,
      List<String> problems) {
    TeacherDescriptor teacher = recording.getDescriptor();
    requireKinds(plan, recording, problems);
    requireClasses(teacher, dataset, problems);
    int count = student.strides().size();
    for (MapTerm term : plan.settings().maps()) {
      if (term.levels().stream().anyMatch(l -> l >= count)) {
        problems.add(
            "losses.levels: found "
                + term.levels()
                + " for "
                + term.name()
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
                + teacher.getLevels().stream().map(Level::getStride).toList());
      }
    }
    DistributionRebinning rebinning = identity(student);
    try {
      rebinning =
          DistributionRebinning.between(
              teacher.getBins(), teacher.getGridOffset(), student.bins(), student.gridOffset());
    } catch (IllegalArgumentException e) {
      problems.add(e.getMessage());
    }
    List<Integer> adapted = List.of();
    if (plan.settings().needsFeatures() && !levels.contains(-1)) {
      adapted = adaptedChannels(studentChannels, plan, teacher, levels, problems);
    }
    return new TeacherMatch(levels, rebinning, adapted);
  }

  private static void requireKinds(
      LossPlan plan, RecordingManifest recording, List<String> problems) {
    Set<TensorKind> missing = EnumSet.noneOf(TensorKind.class);
    missing.addAll(plan.kinds());
    Set<TensorKind> recorded = new TreeSet<>();
    for (KindEncoding encoding : recording.getEncodings()) {
      recorded.add(encoding.getKind());
      missing.remove(encoding.getKind());
      if (plan.kinds().contains(encoding.getKind())
          && encoding.getPositions() != PositionEncoding.DENSE) {
        problems.add(
            encoding.getKind()
                + ": recorded positions are "
                + encoding.getPositions()
                + ", expected DENSE");
      }
    }
    if (!missing.isEmpty()) {
      problems.add("the losses need " + missing + ", it holds " + recorded);
    }
  }

  private static void requireClasses(
      TeacherDescriptor teacher, DatasetManifest dataset, List<String> problems) {
    List<String> taught = teacher.getClassNames();
    List<String> labelled = dataset.getClassNames();
    if (taught.size() != labelled.size()) {
      problems.add(
          "classes: the teacher knows " + taught.size() + ", the dataset " + labelled.size());
      return;
    }
    for (int i = 0; i < taught.size(); i++) {
      if (!taught.get(i).equals(labelled.get(i))) {
        problems.add(
            "classes: class "
                + i
                + " is '"
                + taught.get(i)
                + "' to the teacher and '"
                + labelled.get(i)
                + "' in the dataset");
        return;
      }
    }
  }

  private static List<Integer> adaptedChannels(
      int studentChannels,
      LossPlan plan,
      TeacherDescriptor teacher,
      List<Integer> levels,
      List<String> problems) {
    List<Integer> channels =
        levels.stream().map(l -> teacher.getLevels().get(l).getFeatureChannels()).toList();
    if (channels.contains(0)) {
      problems.add(
          "the losses need features of every level, the teacher has " + channels + " channels");
    }
    if (studentChannels == 0) {
      problems.add("the losses need features, the student's network offers none");
    }
    boolean equal =
        !plan.settings().needsEqualChannels()
            || channels.stream().allMatch(c -> c == studentChannels);
    if (plan.adapter() == LossConfig.Adapter.NONE && !equal) {
      problems.add(
          "losses.adapter: none, but the student has "
              + studentChannels
              + " feature channels and the teacher "
              + channels);
    }
    return plan.adapter() == LossConfig.Adapter.CONV1X1 || !equal ? channels : List.of();
  }

  private static int levelOf(TeacherDescriptor teacher, int stride) {
    for (int l = 0; l < teacher.getLevels().size(); l++) {
      if (teacher.getLevels().get(l).getStride() == stride) {
        return l;
      }
    }
    return -1;
  }

  private static DistributionRebinning identity(DetectorSpec student) {
    return DistributionRebinning.between(student.bins(), 0, student.bins(), 0);
  }
}
