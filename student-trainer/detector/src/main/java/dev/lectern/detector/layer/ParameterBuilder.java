package dev.lectern.detector.layer;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.layer.Parameter.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Creates and initialises the parameters of a network. A builder carries the path to the layer that
 * it makes: {@code builder.at("neck").at("lateral").normal("weight", ...)} is called {@code
 * neck.lateral.weight}.
 *
 * <p>Start values depend on the seed and the parameter's full name only: adding a layer changes no
 * other layer's, and every machine draws the same.
 */
public final class ParameterBuilder {
  private final NDManager manager;
  private final long seed;
  private final List<String> frozen;
  private final String path;
  private final List<Parameter> parameters;

  /**
   * Starts with no parameters.
   *
   * @param manager owns the arrays
   * @param frozen prefixes of the names of parameters that do not learn
   */
  public ParameterBuilder(NDManager manager, long seed, List<String> frozen) {
    this(manager, seed, List.copyOf(frozen), "", new ArrayList<>());
  }

  private ParameterBuilder(
      NDManager manager, long seed, List<String> frozen, String path, List<Parameter> parameters) {
    this.manager = manager;
    this.seed = seed;
    this.frozen = frozen;
    this.path = path;
    this.parameters = parameters;
  }

  /** The same builder one step down: names start with this part and a dot; empty for no step. */
  public ParameterBuilder at(String part) {
    return part.isEmpty()
        ? this
        : new ParameterBuilder(manager, seed, frozen, path + part + ".", parameters);
  }

  /** The same builder at the layer of a list that has this place, from 0. */
  public ParameterBuilder at(int index) {
    return at(Integer.toString(index));
  }

  /** The full name of something made here. */
  public String name(String part) {
    return path + part;
  }

  /** A convolution in front of a normalisation: no bias, {@link #kaimingNormal} weights. */
  public Convolution convolution(int in, int out, int kernel, int stride) {
    return convolution(in, out, kernel, stride, 1);
  }

  /** The same with groups of channels that do not see each other. */
  public Convolution convolution(int in, int out, int kernel, int stride, int groups) {
    return new Convolution(
        kaimingNormal("weight", out, in / groups, kernel, kernel), null, stride, groups);
  }

  /**
   * Zero mean and variance 2 / (out * kernel * kernel), so that gradients keep their size through
   * ReLU layers: He et al. 2015 (arXiv:1502.01852), equation 14.
   */
  public Parameter kaimingNormal(String name, int out, int in, int rows, int columns) {
    return normal(name, Math.sqrt(2.0 / ((double) out * rows * columns)), out, in, rows, columns);
  }

  /**
   * Uniform with variance 2 / (fan in + fan out): Glorot and Bengio 2010, equation 16.
   *
   * @return (out, in, rows, columns)
   */
  public Parameter xavierUniform(String name, int out, int in, int rows, int columns) {
    double bound = Math.sqrt(6.0 / ((double) (in + out) * rows * columns));
    RandomGenerator random = random(name);
    return learned(name, () -> random.nextDouble(-bound, bound), new Shape(out, in, rows, columns));
  }

  /**
   * Uniform within 1 / sqrt(fan in), PyTorch's default for a convolution.
   *
   * @return (out, in, rows, columns)
   */
  public Parameter fanInUniform(String name, int out, int in, int rows, int columns) {
    double bound = 1 / Math.sqrt((double) in * rows * columns);
    RandomGenerator random = random(name);
    return learned(name, () -> random.nextDouble(-bound, bound), new Shape(out, in, rows, columns));
  }

  /** Zero mean and the given standard deviation. */
  public Parameter normal(String name, double deviation, long... shape) {
    RandomGenerator random = random(name);
    return learned(name, () -> random.nextGaussian() * deviation, new Shape(shape));
  }

  /** The same value everywhere. */
  public Parameter constant(String name, double value, long... shape) {
    return learned(name, () -> value, new Shape(shape));
  }

  /** Values that never learn. */
  public Parameter fixed(String name, float[] values, long... shape) {
    Parameter parameter =
        new Parameter(name(name), manager.create(values, new Shape(shape)), Role.FROZEN);
    parameters.add(parameter);
    return parameter;
  }

  /** A running statistic with the same value everywhere. */
  public Parameter statistic(String name, double value, long... shape) {
    return add(name, () -> value, new Shape(shape), Role.STATISTIC);
  }

  /** The parameters created so far, wherever in the network. */
  public List<Parameter> created() {
    return List.copyOf(parameters);
  }

  /**
   * The parameters created so far, as those of a whole network.
   *
   * @throws IllegalArgumentException if a prefix to freeze matches none of them
   */
  public Parameters build() {
    Parameters built = new Parameters(parameters);
    built.requireEach(frozen);
    return built;
  }

  private Parameter learned(String name, DoubleSupplier values, Shape shape) {
    boolean isFrozen = frozen.stream().anyMatch(name(name)::startsWith);
    return add(name, values, shape, isFrozen ? Role.FROZEN : Role.LEARNED);
  }

  private Parameter add(String name, DoubleSupplier values, Shape shape, Role role) {
    float[] start = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < start.length; i++) {
      start[i] = (float) values.getAsDouble();
    }
    Parameter parameter = new Parameter(name(name), manager.create(start, shape), role);
    parameters.add(parameter);
    return parameter;
  }

  private RandomGenerator random(String name) {
    int[] nameAsSeed = name(name).chars().toArray();
    return RandomGeneratorFactory.of("L64X128MixRandom")
        .create(seed * 0x9E3779B97F4A7C15L + Arrays.hashCode(nameAsSeed));
  }
}
