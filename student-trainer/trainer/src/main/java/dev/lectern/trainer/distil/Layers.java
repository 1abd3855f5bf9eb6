package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.trainer.distil.network.Affine;
import dev.lectern.trainer.loss.BatchNormalization;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/**
 * Makes what losses learn beside the student. Start values depend on the run's seed and on names
 * alone; losses that learn from the same teacher share adapters.
 */
public final class Layers {
  private final Pairing pairing;
  private final ParameterBuilder builder;
  private final String teacher;
  private final String scope;
  private final Map<String, SharedAdapter> adapters;
  private final Set<Parameter> learned;

  /**
   * @param builder keeps all that is made
   * @param prefix of all names; tells the teachers of a run apart
   */
  public Layers(Pairing pairing, ParameterBuilder builder, String prefix) {
    this(pairing, builder, prefix, prefix, new HashMap<>(), new LinkedHashSet<>());
  }

  private Layers(
      Pairing pairing,
      ParameterBuilder builder,
      String teacher,
      String scope,
      Map<String, SharedAdapter> adapters,
      Set<Parameter> learned) {
    this.pairing = pairing;
    this.builder = builder;
    this.teacher = teacher;
    this.scope = scope;
    this.adapters = adapters;
    this.learned = learned;
  }

  /** The layers of one loss, whose name starts the names of what it learns by itself. */
  public Layers of(String loss) {
    return new Layers(
        pairing, builder, teacher, teacher + loss + ".", adapters, new LinkedHashSet<>());
  }

  /** The same layers with names that go on with a part, such as {@code 0.student}. */
  public Layers at(String part) {
    return new Layers(pairing, builder, teacher, scope + part + ".", adapters, learned);
  }

  /** Layers of the same names that the loss trains by itself, apart from the run's optimiser. */
  public Layers apart() {
    return new Layers(pairing, builder, teacher, scope, adapters, new LinkedHashSet<>());
  }

  /** What was made so far and is to be trained, in a fixed order. */
  public List<Parameter> learned() {
    return List.copyOf(learned);
  }

  /** Initial values from a normal distribution around 0. */
  public Parameter normal(String name, double deviation, long... shape) {
    return learned(builder.normal(scope + name, deviation, shape));
  }

  /** The same initial value everywhere. */
  public Parameter constant(String name, double value, long... shape) {
    return learned(builder.constant(scope + name, value, shape));
  }

  /** Something that checkpoints hold and no optimiser trains. */
  public Parameter statistic(String name, double value, long... shape) {
    return builder.statistic(scope + name, value, shape);
  }

  /** The same for something that belongs to a parameter and has its shape. */
  public Parameter statistic(Parameter of, String name) {
    return builder.statistic(of.name() + "." + name, 0, of.shape().getShape());
  }

  /** Weight (out, in, size, size) whose initial values keep the variance of what comes in. */
  public Parameter kernel(int out, int in, int size) {
    return normal("weight", Math.sqrt(1.0 / ((double) in * size * size)), out, in, size, size);
  }

  /** A bias that starts at 0. */
  public Parameter bias(int out) {
    return constant("bias", 0, out);
  }

  /** A convolution with weight (out, in, size, size) and bias (out). */
  public Affine convolution(int out, int in, int size) {
    return new Affine(kernel(out, in, size).array(), bias(out).array());
  }

  /** A linear map with weight (out, in) and bias (out). */
  public Affine linear(int out, int in) {
    return new Affine(normal("weight", Math.sqrt(1.0 / in), out, in).array(), bias(out).array());
  }

  /** A convolution in front of a ReLU, of stride 1, with weight and bias. */
  public Affine rectified(int out, int in, int size) {
    return new Affine(
        learned(builder.kaimingNormal(scope + "weight", out, in, size, size)).array(),
        bias(out).array());
  }

  /** A normalisation by the statistics of the batch, with scale and shift. */
  public UnaryOperator<NDArray> norm(int channels) {
    NDArray scale = constant("weight", 1, channels).array();
    NDArray shift = bias(channels).array();
    return x -> BatchNormalization.normalize(x, scale, shift);
  }

  private Parameter learned(Parameter parameter) {
    learned.add(parameter);
    return parameter;
  }

  private record SharedAdapter(UnaryOperator<NDArray> map, List<Parameter> learned) {}

  /** Levels after adapters; equal requests get the same one. */
  AdaptedLevels adapted(List<Integer> levels, Adapter adapter) {
    Map<Integer, UnaryOperator<NDArray>> maps = new HashMap<>();
    for (int level : levels) {
      boolean isEqual =
          pairing.teacherChannels().get(level).equals(pairing.studentChannels().get(level));
      if (adapter == Adapter.NONE || (adapter == Adapter.AUTO && isEqual)) {
        maps.put(level, UnaryOperator.identity());
      } else {
        int size = adapter == Adapter.CONV3X3 ? 3 : 1;
        String name = (size == 3 ? "adapter3x3." : "adapter.") + level;
        SharedAdapter shared = adapters.computeIfAbsent(name, n -> adapter(n, level, size));
        learned.addAll(shared.learned());
        maps.put(level, shared.map());
      }
    }
    return new AdaptedLevels(levels, maps);
  }

  /** Levels after maps of the loss's own. */
  AdaptedLevels mapped(List<Integer> levels, IntFunction<UnaryOperator<NDArray>> map) {
    Map<Integer, UnaryOperator<NDArray>> maps = new HashMap<>();
    levels.forEach(level -> maps.put(level, map.apply(level)));
    return new AdaptedLevels(levels, maps);
  }

  private SharedAdapter adapter(String name, int level, int size) {
    Layers own =
        new Layers(
            pairing, builder, teacher, teacher + name + ".", adapters, new LinkedHashSet<>());
    Affine convolution =
        own.rectified(
            pairing.teacherChannels().get(level), pairing.studentChannels().get(level), size);
    return new SharedAdapter(convolution::convolve, own.learned());
  }
}
