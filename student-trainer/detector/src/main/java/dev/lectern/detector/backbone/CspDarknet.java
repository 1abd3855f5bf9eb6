package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.ConvolutionBlock;
import dev.lectern.detector.layer.CrossStageBlock;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.ArrayList;
import java.util.List;

/**
 * The backbone of YOLOv8: convolutions of stride 2, each followed by a {@link CrossStageBlock}, and
 * pooling of three sizes at the end. Layout and parameter names are Ultralytics' (layers 0 to 9 of
 * yolov8.yaml); there is no paper.
 */
public final class CspDarknet implements Backbone {
  private static final List<Integer> STRIDES = List.of(4, 8, 16, 32);

  private final ConvolutionBlock stem;
  private final List<ConvolutionBlock> downs = new ArrayList<>();
  private final List<CrossStageBlock> stages = new ArrayList<>();
  private final PyramidPooling pooling;
  private final List<Integer> channels;

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   */
  CspDarknet(ParameterBuilder parameters, CspDarknetSettings settings) {
    List<Integer> widths = settings.channels();
    Norm.Settings norm = ConvolutionBlock.norm(settings.normalization());
    int layer = 0;
    stem = new ConvolutionBlock(parameters.at(layer++), 3, widths.get(0), 3, 2, norm);
    for (int s = 0; s < STRIDES.size(); s++) {
      int out = widths.get(s + 1);
      downs.add(new ConvolutionBlock(parameters.at(layer++), widths.get(s), out, 3, 2, norm));
      int blocks = settings.blocks().get(s);
      stages.add(new CrossStageBlock(parameters.at(layer++), out, out, blocks, true, norm));
    }
    int last = widths.get(STRIDES.size());
    pooling = new PyramidPooling(parameters.at(layer), last, settings.pool(), norm);
    channels = widths.subList(1, widths.size());
  }

  @Override
  public List<Integer> strides() {
    return STRIDES;
  }

  @Override
  public List<Integer> channels() {
    return channels;
  }

  @Override
  public <T> List<T> apply(Operations<T> operations, T image) {
    T x = stem.apply(operations, image);
    List<T> maps = new ArrayList<>();
    for (int s = 0; s < stages.size(); s++) {
      x = stages.get(s).apply(operations, downs.get(s).apply(operations, x));
      maps.add(s == stages.size() - 1 ? pooling.apply(operations, x) : x);
    }
    return maps;
  }
}
