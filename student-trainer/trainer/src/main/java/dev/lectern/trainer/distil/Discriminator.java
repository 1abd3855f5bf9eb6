package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Activation;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.distil.Holistic.Preparation;
import dev.lectern.trainer.loss.AttentionGuidedLoss.Affine;
import dev.lectern.trainer.loss.BatchNormalization;
import dev.lectern.trainer.loss.DiscriminatorSlope;
import dev.lectern.trainer.loss.SpectralDiscriminator;
import dev.lectern.trainer.loss.SpectralDiscriminator.Attention;
import dev.lectern.trainer.loss.SpectralDiscriminator.Block;
import dev.lectern.trainer.objective.TermSite;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** The parameters of a {@link SpectralDiscriminator} and of what prepares its maps. */
final class Discriminator {
  /** Side of the maps it reads, in cells. */
  static final int SIDE = 64;

  private static final int BLOCKS = 4;
  private static final int KERNEL = 4;
  private static final int EMBEDDING = 8;

  private final Preparation preparation;
  private final List<Parameter> learned = new ArrayList<>();
  private final List<BlockParts> blocks = new ArrayList<>();
  private final AttentionParts third;
  private final AttentionParts fourth;
  private final AffineParts last;
  private final Parameter scale;
  private final Parameter shift;

  private record AffineParts(Parameter weight, Parameter bias) {
    Affine in(UnaryOperator<NDArray> bind) {
      return new Affine(bind.apply(weight.array()), bind.apply(bias.array()));
    }
  }

  private record BlockParts(AffineParts convolution, Parameter u) {
    Block in(UnaryOperator<NDArray> bind) {
      Affine affine = convolution.in(bind);
      return new Block(affine.weight(), affine.bias(), bind.apply(u.array()));
    }
  }

  private record AttentionParts(
      AffineParts query, AffineParts key, AffineParts value, Parameter gamma) {
    Attention in(UnaryOperator<NDArray> bind) {
      return new Attention(query.in(bind), key.in(bind), value.in(bind), bind.apply(gamma.array()));
    }
  }

  /**
   * @param in channels of the maps
   * @param channels behind the first convolution; each further one doubles them
   */
  Discriminator(TermSite site, int in, int channels, Preparation preparation) {
    this.preparation = preparation;
    boolean isNormalized = preparation == Preparation.BATCH_NORM;
    this.scale = isNormalized ? constant(site, "norm.weight", 1, in) : null;
    this.shift = isNormalized ? constant(site, "norm.bias", 0, in) : null;
    for (int b = 0; b < BLOCKS; b++) {
      int out = channels << b;
      blocks.add(
          new BlockParts(
              convolution(site, b + ".conv", out, b == 0 ? in : out / 2, KERNEL),
              site.parameters().statistic(site.name(b + ".u"), 1 / Math.sqrt(out), out)));
    }
    this.third = attention(site, "2.attention", channels << 2);
    this.fourth = attention(site, "3.attention", channels << 3);
    this.last = convolution(site, "last", 1, channels << 3, KERNEL);
  }

  private AttentionParts attention(TermSite site, String name, int channels) {
    int inner = Math.max(1, channels / EMBEDDING);
    return new AttentionParts(
        convolution(site, name + ".query", inner, channels, 1),
        convolution(site, name + ".key", inner, channels, 1),
        convolution(site, name + ".value", channels, channels, 1),
        constant(site, name + ".gamma", 0, 1));
  }

  private AffineParts convolution(TermSite site, String name, int out, int in, int size) {
    double deviation = Math.sqrt(1.0 / ((double) in * size * size));
    Parameter weight =
        site.parameters().normal(site.name(name + ".weight"), deviation, out, in, size, size);
    learned.add(weight);
    return new AffineParts(weight, constant(site, name + ".bias", 0, out));
  }

  private Parameter constant(TermSite site, String name, double value, int size) {
    Parameter parameter = site.parameters().constant(site.name(name), value, size);
    learned.add(parameter);
    return parameter;
  }

  /** What it learns, in a fixed order. */
  List<Parameter> learned() {
    return List.copyOf(learned);
  }

  /** For one step, with gradient to its parameters. */
  InStep learning(NDManager scope) {
    return in(
        array -> {
          NDArray view = array.reshape(array.getShape());
          view.attach(scope);
          return view;
        });
  }

  /** For one step, constant. */
  InStep constant(NDManager scope) {
    return in(
        array -> {
          NDArray view = array.stopGradient();
          view.attach(scope);
          return view;
        });
  }

  private InStep in(UnaryOperator<NDArray> bind) {
    return new InStep(
        preparation,
        scale == null ? null : bind.apply(scale.array()),
        shift == null ? null : bind.apply(shift.array()),
        new SpectralDiscriminator(
            blocks.stream().map(block -> block.in(bind)).toList(),
            third.in(bind),
            fourth.in(bind),
            last.in(bind)));
  }

  /** Carries on with the power iterations of a step. */
  void advance(NDManager scope) {
    GradientMode.off(
        () -> {
          List<Block> now = constant(scope).network().blocks();
          IntStream.range(0, BLOCKS)
              .forEach(b -> blocks.get(b).u().set(now.get(b).advanced().toFloatArray()));
        });
  }

  /** The discriminator as it is in one step; its arrays end with the step. */
  record InStep(
      Preparation preparation, NDArray scale, NDArray shift, SpectralDiscriminator network) {
    /**
     * Scores maps.
     *
     * @param maps (N, C, 64, 64)
     * @return (N, 1, 1, 1)
     */
    NDArray score(NDArray maps) {
      return network.score(prepared(maps));
    }

    private NDArray prepared(NDArray maps) {
      return preparation == Preparation.TANH
          ? Activation.tanh(maps)
          : BatchNormalization.normalize(maps, scale, shift);
    }

    /**
     * The slope of the scores' sum.
     *
     * @param maps (N, C, 64, 64), constant
     * @return the same shape
     */
    NDArray slope(NDArray maps) {
      NDArray prepared = prepared(maps);
      NDArray slope = DiscriminatorSlope.of(network, prepared);
      return preparation == Preparation.TANH
          ? DiscriminatorSlope.throughTanh(prepared, slope)
          : DiscriminatorSlope.throughNormalization(maps, scale, slope);
    }
  }
}
