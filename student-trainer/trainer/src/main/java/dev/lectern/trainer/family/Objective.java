package dev.lectern.trainer.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.network.Outputs;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.distil.Step;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.distil.WeightedTerm;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.Losses;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a run trains its student for: the losses of the student's family, and the terms by which it
 * learns from teachers. Keeps no state but what the terms learn.
 */
public final class Objective {
  private final TrainedFamily family;
  private final List<WeightedTerm> terms;
  private final double ownWeight;

  /**
   * @param terms what is learned from teachers; may be empty
   */
  public Objective(TrainedFamily family, List<WeightedTerm> terms) {
    this(family, terms, 1);
  }

  /**
   * As above, with the family's own losses weighted.
   *
   * @param ownWeight of all of them; 0 or more
   */
  public Objective(TrainedFamily family, List<WeightedTerm> terms, double ownWeight) {
    this.ownWeight = ownWeight;
    this.family = family;
    this.terms = List.copyOf(terms);
  }

  /**
   * The losses of a batch: the family's own, then one per term in the order of the list.
   *
   * @param teachers outputs of each teacher that the terms count
   * @param prepared from {@link TrainedFamily#targets(List)}
   */
  public Losses losses(
      Outputs<NDArray> student,
      List<TeacherOutputs> teachers,
      BatchTargets prepared,
      TrainingProgress progress) {
    return losses(student, teachers, prepared, new float[0], progress);
  }

  /**
   * As above, where views teach more or less: a weight scales what the student learns from a view
   * by the terms, its gradient; the losses themselves are as without.
   *
   * @param weights (N) of each view; empty for 1
   */
  public Losses losses(
      Outputs<NDArray> student,
      List<TeacherOutputs> teachers,
      BatchTargets prepared,
      float[] weights,
      TrainingProgress progress) {
    BatchTargets targets = family.targets(prepared, student, progress);
    StudentPass pass = family.pass(student, targets);
    StudentPass listening = pass;
    for (float weight : weights) {
      if (weight != 1) {
        listening = family.pass(student.map(map -> weighed(map, weights)), targets);
        break;
      }
    }
    StudentPass distilled = listening;
    List<LossTerm> losses = new ArrayList<>();
    pass.losses().forEach(own -> losses.add(own.times(ownWeight)));
    List<Step> steps = teachers.stream().map(teacher -> distilled.step(teacher, progress)).toList();
    for (WeightedTerm term : terms) {
      if (term.teacher() >= steps.size()) {
        throw new IllegalArgumentException(
            term.name()
                + " learns from teacher "
                + term.teacher()
                + ", given are the outputs of "
                + steps.size());
      }
      LossTerm loss = new LossTerm(term.name());
      term.addends(steps.get(term.teacher()))
          .ifPresent(addends -> loss.add(addends.values()).times(addends.factor()));
      losses.add(loss);
    }
    return new Losses(losses, pass.zero());
  }

  /** The same numbers, of whose gradient each view passes on its weight. */
  private static NDArray weighed(NDArray map, float[] weights) {
    long[] ofViews = new long[map.getShape().dimension()];
    Arrays.fill(ofViews, 1);
    ofViews[0] = weights.length;
    NDArray constant = map.stopGradient();
    NDArray factor = map.getManager().create(weights, new Shape(ofViews));
    return constant.add(map.sub(constant).mul(factor));
  }
}
