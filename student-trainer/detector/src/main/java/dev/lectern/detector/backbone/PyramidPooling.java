package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.ConvolutionBlock;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.ArrayList;
import java.util.List;

/**
 * Spatial pyramid pooling in the fast form of YOLO (SPPF): one pooling applied three times stands
 * for three sizes (He et al. 2014, arXiv:1406.4729).
 */
final class PyramidPooling {
  private static final int SIZES = 3;

  private final ConvolutionBlock narrow;
  private final ConvolutionBlock merge;
  private final int pool;

  PyramidPooling(ParameterBuilder parameters, int channels, int pool, Norm.Settings norm) {
    int inner = channels / 2;
    narrow = new ConvolutionBlock(parameters.at("cv1"), channels, inner, 1, 1, norm);
    merge = new ConvolutionBlock(parameters.at("cv2"), inner * (SIZES + 1), channels, 1, 1, norm);
    this.pool = pool;
  }

  <T> T apply(Operations<T> operations, T x) {
    T y = narrow.apply(operations, x);
    List<T> maps = new ArrayList<>(List.of(y));
    for (int i = 0; i < SIZES; i++) {
      y = operations.maxPool(y, pool, 1, pool / 2);
      maps.add(y);
    }
    return merge.apply(operations, operations.concat(maps));
  }
}
