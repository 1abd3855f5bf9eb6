package dev.lectern.detector.family.pspnet;

import dev.lectern.detector.backbone.Backbone;
import dev.lectern.detector.family.SegmentationBody;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Resampling;
import dev.lectern.detector.pixel.Upsampling;
import java.util.ArrayList;
import java.util.List;

/** The layers of a PSPNet: arXiv:1612.01105, figure 3. */
final class PspNetBody extends SegmentationBody {
  /** Slope of the head's activations below 0, as in public code. */
  private static final double SLOPE = 0.01;

  private final List<Integer> sizes;
  private final List<Layer> stages = new ArrayList<>();
  private final Layer bottleneck;
  private final Convolution classifier;
  private final Layer auxiliary;
  private final Convolution auxiliaryClassifier;

  /** A convolution with its normalisation and leaky ReLU. */
  private record Layer(Convolution convolution, Norm norm) {
    <T> T apply(Operations<T> operations, T x) {
      T y = norm.apply(operations, convolution.apply(operations, x));
      return operations.leakyRelu(y, SLOPE);
    }
  }

  PspNetBody(
      ParameterBuilder network, Backbone backbone, PspNetHeadSettings settings, int classes) {
    super(backbone, settings.channels());
    sizes = settings.sizes();
    int channels = settings.channels();
    Norm.Settings norm = new Norm.Settings(settings.normalization(), null);
    int last = backbone.channels().get(backbone.channels().size() - 1);
    int before = backbone.channels().get(backbone.channels().size() - 2);
    ParameterBuilder pooling = network.at("pspmodule");
    for (int stage = 0; stage < sizes.size(); stage++) {
      ParameterBuilder layers = pooling.at("stages").at(stage);
      stages.add(
          new Layer(
              layers.at(1).convolution(last, channels, 1, 1), norm.create(layers.at(2), channels)));
    }
    ParameterBuilder joined = pooling.at("bottleneck");
    bottleneck =
        new Layer(
            joined.at(0).convolution(last + sizes.size() * channels, channels, 3, 1),
            norm.create(joined.at(1), channels));
    classifier = classifier(network.at("head"), channels, classes);
    ParameterBuilder dsn = network.at("dsn");
    auxiliary =
        new Layer(
            new Convolution(
                dsn.at(0).kaimingNormal("weight", channels, before, 3, 3),
                dsn.at(0).constant("bias", 0, channels),
                1),
            norm.create(dsn.at(1), channels));
    auxiliaryClassifier = classifier(dsn.at(3), channels, classes);
  }

  @Override
  protected <T> T features(Operations<T> operations, T last) {
    int rows = operations.rows(last);
    int columns = operations.columns(last);
    List<T> joined = new ArrayList<>();
    for (int stage = 0; stage < sizes.size(); stage++) {
      int size = sizes.get(stage);
      T pooled =
          operations.resampled(
              last, Resampling.averaging(rows, size), Resampling.averaging(columns, size));
      T seen = stages.get(stage).apply(operations, pooled);
      joined.add(
          operations.resampled(
              seen, Upsampling.CORNERS.along(size, rows), Upsampling.CORNERS.along(size, columns)));
    }
    joined.add(last);
    return bottleneck.apply(operations, operations.concat(joined));
  }

  @Override
  protected <T> T logits(Operations<T> operations, T features) {
    return classifier.apply(operations, features);
  }

  @Override
  protected <T> T auxiliaryLogits(Operations<T> operations, T before) {
    return auxiliaryClassifier.apply(operations, auxiliary.apply(operations, before));
  }
}
