package dev.lectern.detector.family.yolov8;

import dev.lectern.detector.head.Head;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.ConvolutionBlock;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.ArrayList;
import java.util.List;

/**
 * The decoupled head of YOLOv8: on each level some 3x3 convolutions and a 1x1 one for the box
 * distributions, and the same for the class logits; levels share nothing. Layout and parameter
 * names are Ultralytics' (layer 22 of yolov8.yaml); there is no paper. The parameter {@code
 * dfl.conv.weight} holds the distances that the bins stand for, so that files of both sides have
 * the same names; nothing here reads it.
 */
final class YoloV8Head implements Head {
  private static final int SMALLEST_BOX_CHANNELS = 16;
  private static final int MOST_CLASS_CHANNELS = 100;

  /** Bias of every distribution logit at the start. */
  private static final double BOX_BIAS = 1;

  /** Objects that an image of {@link #USUAL_SIDE} pixels each way is expected to hold. */
  private static final double USUAL_OBJECTS = 5;

  private static final double USUAL_SIDE = 640;

  private final List<Branch> boxes = new ArrayList<>();
  private final List<Branch> scores = new ArrayList<>();

  private final int depth;
  private final Norm.Settings norm;

  private record Branch(List<ConvolutionBlock> blocks, Convolution prediction) {

    <T> T apply(Operations<T> operations, T x) {
      T y = x;
      for (ConvolutionBlock block : blocks) {
        y = block.apply(operations, y);
      }
      return prediction.apply(operations, y);
    }
  }

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   * @param in channels C of the neck's levels
   * @param classes K
   * @param strides of the levels
   */
  YoloV8Head(
      ParameterBuilder parameters,
      YoloV8HeadSettings settings,
      List<Integer> in,
      int classes,
      List<Integer> strides) {
    int bins = settings.bins();
    int boxChannels =
        settings.channels() != null
            ? settings.channels()
            : Math.max(Math.max(SMALLEST_BOX_CHANNELS, in.get(0) / 4), 4 * bins);
    int classChannels =
        settings.channels() != null
            ? settings.channels()
            : Math.max(in.get(0), Math.min(classes, MOST_CLASS_CHANNELS));
    norm = ConvolutionBlock.norm(settings.normalization());
    depth = settings.depth();
    for (int level = 0; level < in.size(); level++) {
      double cells = Math.pow(USUAL_SIDE / strides.get(level), 2);
      double classBias = Math.log(USUAL_OBJECTS / classes / cells);
      boxes.add(
          branch(parameters.at("cv2").at(level), in.get(level), boxChannels, 4 * bins, BOX_BIAS));
      scores.add(
          branch(parameters.at("cv3").at(level), in.get(level), classChannels, classes, classBias));
    }
    float[] distances = new float[bins];
    for (int bin = 0; bin < bins; bin++) {
      distances[bin] = bin;
    }
    parameters.at("dfl").at("conv").fixed("weight", distances, 1, bins, 1, 1);
  }

  private Branch branch(ParameterBuilder parameters, int in, int inner, int out, double bias) {
    List<ConvolutionBlock> blocks = new ArrayList<>();
    for (int i = 0; i < depth; i++) {
      blocks.add(new ConvolutionBlock(parameters.at(i), i == 0 ? in : inner, inner, 3, 1, norm));
    }
    ParameterBuilder last = parameters.at(depth);
    return new Branch(
        blocks,
        new Convolution(
            last.fanInUniform("weight", out, depth == 0 ? in : inner, 1, 1),
            last.constant("bias", bias, out),
            1));
  }

  @Override
  public <T> Outputs<T> apply(Operations<T> operations, List<T> features) {
    List<T> cls = new ArrayList<>();
    List<T> dist = new ArrayList<>();
    for (int level = 0; level < features.size(); level++) {
      dist.add(boxes.get(level).apply(operations, features.get(level)));
      cls.add(scores.get(level).apply(operations, features.get(level)));
    }
    return Outputs.<T>none()
        .with(TensorRole.CLASS_LOGITS, cls)
        .with(TensorRole.BOX_DISTRIBUTION, dist);
  }
}
