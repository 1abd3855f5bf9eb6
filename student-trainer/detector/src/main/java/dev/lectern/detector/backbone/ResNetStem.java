package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.ArrayList;
import java.util.List;

/** The layers of a residual network before its stages, to a stride of 4. */
final class ResNetStem {
  private final List<Convolution> convolutions = new ArrayList<>();
  private final List<Norm> norms = new ArrayList<>();
  private final Stem kind;
  private final int channels;

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   * @param width channels of the first convolution
   */
  ResNetStem(ParameterBuilder parameters, Stem kind, int width, Norm.Settings norm) {
    this.kind = kind;
    channels = kind == Stem.CONV7X7 ? width : 2 * width;
    if (kind == Stem.CONV7X7) {
      add(parameters, 3, width, 7, 2, norm);
    } else {
      add(parameters, 3, width, 3, 2, norm);
      add(parameters, width, width, 3, 1, norm);
      add(parameters, width, channels, 3, 1, norm);
    }
  }

  private void add(
      ParameterBuilder parameters, int in, int out, int kernel, int stride, Norm.Settings norm) {
    int number = convolutions.size() + 1;
    convolutions.add(parameters.at("conv" + number).convolution(in, out, kernel, stride));
    norms.add(norm.create(parameters.at("bn" + number), out));
  }

  /** Of the map that it gives. */
  int channels() {
    return channels;
  }

  /** Cells along a side of so many pixels. */
  static int cells(Stem kind, int pixels) {
    int halved = (pixels + 1) / 2;
    return kind == Stem.CONV7X7 ? (halved + 1) / 2 : halved / 2 + 1;
  }

  <T> T apply(Operations<T> operations, T image) {
    T x = image;
    for (int i = 0; i < convolutions.size(); i++) {
      x = convolutions.get(i).apply(operations, x);
      x = operations.relu(norms.get(i).apply(operations, x));
    }
    return kind == Stem.CONV7X7
        ? operations.maxPool(x, 3, 2, 1)
        : operations.maxPoolToEnd(x, 3, 2, 1);
  }
}
