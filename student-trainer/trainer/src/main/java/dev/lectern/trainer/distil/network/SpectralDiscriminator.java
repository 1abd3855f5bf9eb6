package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.lectern.trainer.loss.Constants;
import java.util.List;

/**
 * The discriminator of holistic distillation: four spectrally normalised convolutions of stride 2,
 * self attention after the third and the fourth, and a last convolution to one channel.
 *
 * <pre>
 *   block      LeakyReLU_0.1( conv4x4( x, W / σ(W) ) )
 *   σ(W)       u'ᵀ W v,  v = Wᵀu / ‖·‖, u' = W v / ‖·‖: one power iteration, u and v constant
 *   attention  γ · V softmax(QᵀK)ᵀ + x,  Q and K of C/8 channels
 * </pre>
 *
 * <p>Liu et al. 2019 (arXiv:1903.04197), section 3.3, after Zhang et al. 2019 (arXiv:1805.08318);
 * spectral normalisation Miyato et al. 2018 (arXiv:1802.05957), algorithm 1. A map of 64 x 64 or 65
 * x 65 gives one score.
 *
 * @param blocks the four blocks
 * @param third attention after block 3
 * @param fourth attention after block 4
 * @param last (1, C, 4, 4) and (1)
 */
public record SpectralDiscriminator(
    List<Block> blocks, Attention third, Attention fourth, Affine last) {
  static final float SLOPE = 0.1f;
  private static final float MIN_NORM = 1e-12f;

  /** Refuses another number of blocks. */
  public SpectralDiscriminator {
    blocks = List.copyOf(blocks);
    if (blocks.size() != 4) {
      throw new IllegalArgumentException(blocks.size() + " blocks, expected 4");
    }
  }

  /**
   * A convolution.
   *
   * @param weight (D, C, 4, 4)
   * @param bias (D)
   * @param u (D) the left vector that the power iteration starts from
   */
  public record Block(NDArray weight, NDArray bias, NDArray u) {
    private NDArray apply(NDArray x) {
      return leaky(convolved(x, kernel()));
    }

    /** W / σ(W). */
    NDArray kernel() {
      NDArray matrix = matrix();
      NDArray v = right(matrix);
      NDArray next = normalized(matrix.stopGradient().matMul(v));
      NDArray sigma = next.transpose().matMul(matrix.matMul(v)).reshape(1, 1, 1, 1);
      return weight.div(sigma);
    }

    /** The vector u' that the next power iteration starts from, (D). */
    public NDArray advanced() {
      NDArray matrix = matrix().stopGradient();
      return normalized(matrix.matMul(right(matrix))).reshape(-1);
    }

    NDArray convolved(NDArray x, NDArray kernel) {
      return new Affine(kernel, bias).convolve(x, 2, 1);
    }

    private NDArray matrix() {
      return weight.reshape(weight.getShape().get(0), -1);
    }

    private NDArray right(NDArray matrix) {
      return normalized(matrix.stopGradient().transpose().matMul(u.stopGradient().reshape(-1, 1)));
    }

    private static NDArray normalized(NDArray vector) {
      return vector.div(vector.square().sum().sqrt().maximum(Constants.of(vector, MIN_NORM)));
    }
  }

  /** Self attention; three 1x1 convolutions and γ (1). */
  public record Attention(Affine query, Affine key, Affine value, NDArray gamma) {
    NDArray apply(NDArray x) {
      NDArray weights = flat(x, query).transpose(0, 2, 1).batchMatMul(flat(x, key)).softmax(2);
      NDArray attended = flat(x, value).batchMatMul(weights.transpose(0, 2, 1));
      return attended.reshape(x.getShape()).mul(gamma).add(x);
    }

    static NDArray flat(NDArray x, Affine map) {
      NDArray mapped = map.convolve(x);
      return mapped.reshape(mapped.getShape().get(0), mapped.getShape().get(1), -1);
    }
  }

  /**
   * Scores maps.
   *
   * @param x (N, C, H, W), already normalised or squashed
   * @return (N, 1, H', W')
   */
  public NDArray score(NDArray x) {
    NDArray y = blocks.get(2).apply(blocks.get(1).apply(blocks.get(0).apply(x)));
    NDArray z = fourth.apply(blocks.get(3).apply(third.apply(y)));
    return last.convolve(z, 1, 0);
  }

  static NDArray leaky(NDArray x) {
    return Activation.leakyRelu(x, SLOPE);
  }
}
