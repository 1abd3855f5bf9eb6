package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.trainer.loss.BatchNormalization;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.TermSite;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A convolution with ReLU, and a normalisation by the batch's statistics between them where asked,
 * that brings a level of the student's features to the teacher's.
 */
final class Regressor {
  private final int level;
  private final Convolution convolution;
  private final Optional<Norm> norm;

  private record Norm(Parameter scale, Parameter shift) {}

  private Regressor(int level, Convolution convolution, Optional<Norm> norm) {
    this.level = level;
    this.convolution = convolution;
    this.norm = norm;
  }

  /** 1x1 convolution, normalisation, ReLU: the regressor of hints. */
  static Regressor ofHints(int level, TermSite site) {
    Convolution convolution = convolution(level, site, 1);
    int out = site.geometry().teacherChannels().get(level);
    ParameterBuilder parameters = site.parameters();
    return new Regressor(
        level,
        convolution,
        Optional.of(
            new Norm(
                parameters.constant(site.name(level + ".norm.weight"), 1, out),
                parameters.constant(site.name(level + ".norm.bias"), 0, out))));
  }

  /** 3x3 convolution and ReLU: the adaptation of fine-grained imitation. */
  static Regressor ofFineGrained(int level, TermSite site) {
    return new Regressor(level, convolution(level, site, 3), Optional.empty());
  }

  private static Convolution convolution(int level, TermSite site, int kernel) {
    TermSite.Geometry geometry = site.geometry();
    int out = geometry.teacherChannels().get(level);
    ParameterBuilder parameters = site.parameters();
    return new Convolution(
        parameters.kaimingNormal(
            site.name(level + ".conv.weight"), out, geometry.studentChannels(), kernel, kernel),
        parameters.constant(site.name(level + ".conv.bias"), 0, out),
        1);
  }

  /** Regressors of hints. */
  static List<Regressor> ofHints(List<Integer> levels, TermSite site) {
    return levels.stream().map(level -> ofHints(level, site)).toList();
  }

  /** Regressors of fine-grained imitation. */
  static List<Regressor> ofFineGrained(List<Integer> levels, TermSite site) {
    return levels.stream().map(level -> ofFineGrained(level, site)).toList();
  }

  /** What one level contributes, the student's map regressed. */
  static DistillationTerm term(List<Regressor> regressors, AdaptedLevels.LevelLoss loss) {
    List<Integer> levels = regressors.stream().map(regressor -> regressor.level).toList();
    return DistillationTerm.learning(
        regressors.stream().flatMap(regressor -> regressor.learned().stream()).toList(),
        (sum, step) ->
            LevelSums.add(
                sum,
                step,
                levels,
                level -> {
                  NDArray map = step.student().features().get(level);
                  return loss.of(level, regressors.get(levels.indexOf(level)).apply(map), step);
                }));
  }

  /** A map (N, in, H, W) becomes (N, out, H, W). */
  NDArray apply(NDArray features) {
    NDArray convolved = convolution.apply(new EagerOperations(Mode.TRAIN), features);
    NDArray normal =
        norm.map(n -> BatchNormalization.normalize(convolved, n.scale().array(), n.shift().array()))
            .orElse(convolved);
    return Activation.relu(normal);
  }

  List<Parameter> learned() {
    List<Parameter> learned = new ArrayList<>(List.of(convolution.weight(), convolution.bias()));
    norm.ifPresent(n -> learned.addAll(List.of(n.scale(), n.shift())));
    return learned;
  }
}
