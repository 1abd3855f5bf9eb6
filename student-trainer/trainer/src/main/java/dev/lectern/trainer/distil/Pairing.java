package dev.lectern.trainer.distil;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.GroundTruth;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A student and a teacher that it learns from, as far as losses depend on them when they are set
 * up.
 *
 * @param priors the student's levels
 * @param input the size of its input
 * @param assigner the student's own
 * @param classes K, of both
 * @param studentChannels of the student's features on each level; 0 on one without; empty if it
 *     offers none
 * @param teacherChannels of the teacher's features on the student's levels; 0 where it has none
 * @param tokenChannels of the teacher's finest features, whatever their stride; 0 if it has none
 * @param seed the run's; for losses that draw numbers
 * @param numbers of the levels among the student's, which losses may see some of only
 */
public record Pairing(
    PriorGrid priors,
    GroundTruth.Extent input,
    Assigner assigner,
    int classes,
    List<Integer> studentChannels,
    List<Integer> teacherChannels,
    int tokenChannels,
    long seed,
    List<Integer> numbers) {
  /** Copies the lists. */
  public Pairing {
    studentChannels = List.copyOf(studentChannels);
    teacherChannels = List.copyOf(teacherChannels);
    numbers = List.copyOf(numbers);
  }

  /** On every level of the student. */
  public Pairing(
      PriorGrid priors,
      GroundTruth.Extent input,
      Assigner assigner,
      int classes,
      List<Integer> studentChannels,
      List<Integer> teacherChannels,
      int tokenChannels,
      long seed) {
    this(
        priors,
        input,
        assigner,
        classes,
        studentChannels,
        teacherChannels,
        tokenChannels,
        seed,
        IntStream.range(0, priors.levels().size()).boxed().toList());
  }

  /** On some of the student's levels. */
  public Pairing onLevels(List<Integer> some) {
    return new Pairing(
        priors.onLevels(some),
        input,
        assigner.onLevels(priors, some),
        classes,
        studentChannels.isEmpty() ? List.of() : some.stream().map(studentChannels::get).toList(),
        some.stream().map(teacherChannels::get).toList(),
        tokenChannels,
        seed,
        some);
  }

  /** The levels on which the teacher has features, ascending. */
  public List<Integer> featureLevels() {
    return IntStream.range(0, levels()).filter(l -> teacherChannels.get(l) > 0).boxed().toList();
  }

  /** Strides of the levels. */
  public int[] strides() {
    return priors.levels().stream().mapToInt(LevelGrid::stride).toArray();
  }

  /** Number of levels. */
  public int levels() {
    return priors.levels().size();
  }
}
