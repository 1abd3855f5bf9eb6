package dev.lectern.trainer.objective;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.trainer.target.DistributionRebinning;
import dev.lectern.trainer.target.GroundTruth;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where distillation terms are set up: the student on one side, one teacher on the other, and what
 * terms that listen to this teacher share. Learned parts are made here, so that their start values
 * depend on the run's seed and their names alone.
 */
public final class TermSite {
  private final Geometry geometry;
  private final ParameterBuilder parameters;
  private final String prefix;
  private final String term;
  private final Map<String, LevelAdapter> convolutions;

  /**
   * What student and teacher look like.
   *
   * @param priors the student's levels
   * @param input the size of its input
   * @param assigner the student's own
   * @param classes K, of both
   * @param studentChannels of its features, on every level; 0 if it offers none
   * @param teacherChannels of the teacher's features on the student's levels; 0 where it has none
   * @param rebinning from the teacher's box distributions to the student's
   * @param seed the run's; for terms that draw numbers
   */
  public record Geometry(
      PriorGrid priors,
      GroundTruth.Extent input,
      AtssAssigner assigner,
      int classes,
      int studentChannels,
      List<Integer> teacherChannels,
      DistributionRebinning rebinning,
      long seed) {
    /** Copies the list. */
    public Geometry {
      teacherChannels = List.copyOf(teacherChannels);
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

  /**
   * @param prefix of the names of what is learned; tells the teachers of a run apart
   */
  public TermSite(Geometry geometry, ParameterBuilder parameters, String prefix) {
    this(geometry, parameters, prefix, prefix, new HashMap<>());
  }

  private TermSite(
      Geometry geometry,
      ParameterBuilder parameters,
      String prefix,
      String term,
      Map<String, LevelAdapter> convolutions) {
    this.geometry = geometry;
    this.parameters = parameters;
    this.prefix = prefix;
    this.term = term;
    this.convolutions = convolutions;
  }

  /** The same site for one term, whose name starts the names of what it learns by itself. */
  public TermSite of(String name) {
    return new TermSite(geometry, parameters, prefix, prefix + name + ".", convolutions);
  }

  /** What student and teacher look like. */
  public Geometry geometry() {
    return geometry;
  }

  /** Makes what a term learns; names come from {@link #name}. */
  public ParameterBuilder parameters() {
    return parameters;
  }

  /** The full name of something that one term learns, such as {@code fgd.0.mask}. */
  public String name(String part) {
    return term + part;
  }

  /** How student features become comparable with the teacher's. */
  public enum Adapter {
    /** A 1x1 convolution where the numbers of channels differ. */
    AUTO,
    /** Always a 1x1 convolution, trained with the run. */
    CONV1X1,
    /** Always a 3x3 convolution, trained with the run. */
    CONV3X3,
    /** Nothing. */
    NONE
  }

  /** The adapters of some levels, in their order; equal requests get the same one. */
  public List<LevelAdapter> adapters(List<Integer> levels, Adapter adapter) {
    return levels.stream().map(level -> adapter(level, adapter)).toList();
  }

  private LevelAdapter adapter(int level, Adapter adapter) {
    boolean equal = geometry.teacherChannels().get(level) == geometry.studentChannels();
    if (adapter == Adapter.NONE || (adapter == Adapter.AUTO && equal)) {
      return new LevelAdapter(level, Optional.empty());
    }
    int kernel = adapter == Adapter.CONV3X3 ? 3 : 1;
    String name = prefix + (kernel == 3 ? "adapter3x3." : "adapter.") + level;
    return convolutions.computeIfAbsent(name, n -> convolution(n, level, kernel));
  }

  private LevelAdapter convolution(String name, int level, int kernel) {
    int out = geometry.teacherChannels().get(level);
    Parameter weight =
        parameters.kaimingNormal(name + ".weight", out, geometry.studentChannels(), kernel, kernel);
    Parameter bias = parameters.constant(name + ".bias", 0, out);
    return new LevelAdapter(level, Optional.of(new Convolution(weight, bias, 1)));
  }
}
