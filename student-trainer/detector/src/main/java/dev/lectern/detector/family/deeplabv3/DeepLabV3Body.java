package dev.lectern.detector.family.deeplabv3;

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

/** The layers of a DeepLabV3: arXiv:1706.05587, section 3.3. */
final class DeepLabV3Body extends SegmentationBody {
  /** The auxiliary head has a part of the channels of the map that it reads. */
  private static final int AUXILIARY_PART = 4;

  private final List<Layer> branches = new ArrayList<>();
  private final Layer mean;
  private final Layer projection;
  private final Layer last;
  private final Convolution classifier;
  private final Layer auxiliary;
  private final Convolution auxiliaryClassifier;

  /** A convolution with its normalisation and ReLU. */
  private record Layer(Convolution convolution, Norm norm) {
    <T> T apply(Operations<T> operations, T x) {
      return operations.relu(norm.apply(operations, convolution.apply(operations, x)));
    }
  }

  DeepLabV3Body(
      ParameterBuilder network, Backbone backbone, DeepLabV3HeadSettings settings, int classes) {
    super(backbone, settings.channels());
    int channels = settings.channels();
    Norm.Settings norm = new Norm.Settings(settings.normalization(), null);
    int in = backbone.channels().get(backbone.channels().size() - 1);
    int before = backbone.channels().get(backbone.channels().size() - 2);
    ParameterBuilder head = network.at("classifier");
    ParameterBuilder convs = head.at(0).at("convs");
    branches.add(layer(convs.at(0), 0, in, channels, 1, 1, norm));
    for (int rate : settings.rates()) {
      branches.add(layer(convs.at(branches.size()), 0, in, channels, 3, rate, norm));
    }
    mean = layer(convs.at(branches.size()), 1, in, channels, 1, 1, norm);
    int all = (branches.size() + 1) * channels;
    projection = layer(head.at(0).at("project"), 0, all, channels, 1, 1, norm);
    last = layer(head, 1, channels, channels, 3, 1, norm);
    classifier = classifier(head.at(4), channels, classes);
    int inner = Math.max(1, before / AUXILIARY_PART);
    ParameterBuilder beside = network.at("aux_classifier");
    auxiliary = layer(beside, 0, before, inner, 3, 1, norm);
    auxiliaryClassifier = classifier(beside.at(4), inner, classes);
  }

  /**
   * @param place of the convolution in its list; the normalisation follows
   */
  private static Layer layer(
      ParameterBuilder at, int place, int in, int out, int kernel, int rate, Norm.Settings norm) {
    return new Layer(
        at.at(place).convolution(in, out, kernel, 1).dilated(rate),
        norm.create(at.at(place + 1), out));
  }

  @Override
  protected <T> T features(Operations<T> operations, T x) {
    int rows = operations.rows(x);
    int columns = operations.columns(x);
    List<T> seen = new ArrayList<>();
    branches.forEach(branch -> seen.add(branch.apply(operations, x)));
    T pooled =
        operations.resampled(x, Resampling.averaging(rows, 1), Resampling.averaging(columns, 1));
    seen.add(
        operations.resampled(
            mean.apply(operations, pooled),
            Upsampling.CENTRES.along(1, rows),
            Upsampling.CENTRES.along(1, columns)));
    return last.apply(operations, projection.apply(operations, operations.concat(seen)));
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
