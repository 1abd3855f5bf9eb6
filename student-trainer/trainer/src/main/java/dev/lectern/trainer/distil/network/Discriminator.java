package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Activation;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.distil.Layers;
import dev.lectern.trainer.distil.network.SpectralDiscriminator.Attention;
import dev.lectern.trainer.distil.network.SpectralDiscriminator.Block;
import dev.lectern.trainer.loss.BatchNormalization;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** The parameters of a {@link SpectralDiscriminator} and of what prepares its maps. */
public final class Discriminator {
  /** Side of the maps it reads, in cells. */
  public static final int SIDE = 64;

  private static final int BLOCKS = 4;
  private static final int KERNEL = 4;
  private static final int EMBEDDING = 8;

  private final Preparation preparation;
  private final List<Parameter> learned;
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

  /** What happens to maps before they are scored. */
  public enum Preparation {
    /** Normalisation by the batch, with scale and shift. */
    BATCH_NORM,
    /** The hyperbolic tangent. */
    TANH
  }

  /**
   * @param layers make its parameters, which no other optimiser trains
   * @param in channels of the maps
   * @param channels after the first convolution; each further one doubles them
   */
  public Discriminator(Layers layers, int in, int channels, Preparation preparation) {
    this.preparation = preparation;
    boolean isNormalized = preparation == Preparation.BATCH_NORM;
    this.scale = isNormalized ? layers.at("norm").constant("weight", 1, in) : null;
    this.shift = isNormalized ? layers.at("norm").bias(in) : null;
    for (int b = 0; b < BLOCKS; b++) {
      int out = channels << b;
      Layers block = layers.at(Integer.toString(b));
      blocks.add(
          new BlockParts(
              convolution(block.at("conv"), out, b == 0 ? in : out / 2, KERNEL),
              block.statistic("u", 1 / Math.sqrt(out), out)));
    }
    this.third = attention(layers.at("2.attention"), channels << 2);
    this.fourth = attention(layers.at("3.attention"), channels << 3);
    this.last = convolution(layers.at("last"), 1, channels << 3, KERNEL);
    this.learned = layers.learned();
  }

  private static AttentionParts attention(Layers layers, int channels) {
    int inner = Math.max(1, channels / EMBEDDING);
    return new AttentionParts(
        convolution(layers.at("query"), inner, channels, 1),
        convolution(layers.at("key"), inner, channels, 1),
        convolution(layers.at("value"), channels, channels, 1),
        layers.constant("gamma", 0, 1));
  }

  private static AffineParts convolution(Layers layers, int out, int in, int size) {
    return new AffineParts(layers.kernel(out, in, size), layers.bias(out));
  }

  /** What it learns, in a fixed order. */
  public List<Parameter> learned() {
    return learned;
  }

  /** For one step, with gradient to its parameters. */
  public InStep learning(NDManager scope) {
    return in(
        array -> {
          NDArray view = array.reshape(array.getShape());
          view.attach(scope);
          return view;
        });
  }

  /** For one step, constant. */
  public InStep constant(NDManager scope) {
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
  public void advance(NDManager scope) {
    GradientMode.off(
        () -> {
          List<Block> now = constant(scope).network().blocks();
          IntStream.range(0, BLOCKS)
              .forEach(b -> blocks.get(b).u().set(now.get(b).advanced().toFloatArray()));
        });
  }

  /** The discriminator as it is in one step; its arrays end with the step. */
  public record InStep(
      Preparation preparation, NDArray scale, NDArray shift, SpectralDiscriminator network) {
    /**
     * Scores maps.
     *
     * @param maps (N, C, 64, 64)
     * @return (N, 1, 1, 1)
     */
    public NDArray score(NDArray maps) {
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
    public NDArray slope(NDArray maps) {
      NDArray prepared = prepared(maps);
      NDArray slope = DiscriminatorSlope.of(network, prepared);
      return preparation == Preparation.TANH
          ? DiscriminatorSlope.throughTanh(prepared, slope)
          : DiscriminatorSlope.throughNormalization(maps, scale, slope);
    }
  }
}
