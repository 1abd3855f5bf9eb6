package dev.lectern.detector.neck;

import dev.lectern.detector.layer.ConvolutionBlock;
import dev.lectern.detector.layer.CrossStageBlock;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.List;

/**
 * The neck of YOLOv8: from coarse to fine and back again, maps are concatenated and mixed.
 *
 * <pre>
 *   M4 = mix(doubled(C5), C4)    P3 = mix(doubled(M4), C3)
 *   P4 = mix(down(P3), M4)       P5 = mix(down(P4), C5)
 * </pre>
 *
 * <p>After path aggregation (Liu et al. 2018, arXiv:1803.01534). Layout and parameter names are
 * Ultralytics' (layers 10 to 21 of yolov8.yaml).
 */
public final class PathAggregation implements Neck {
  private final List<Integer> channels;
  private final CrossStageBlock middleDown;
  private final CrossStageBlock fine;
  private final ConvolutionBlock fineToMiddle;
  private final CrossStageBlock middleUp;
  private final ConvolutionBlock middleToCoarse;
  private final CrossStageBlock coarse;

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   * @param in channels of three maps, fine to coarse
   */
  PathAggregation(ParameterBuilder parameters, List<Integer> in, PathAggregationSettings settings) {
    channels = List.copyOf(in);
    Norm.Settings norm = ConvolutionBlock.norm(settings.normalization());
    int blocks = settings.blocks();
    int c3 = in.get(0);
    int c4 = in.get(1);
    int c5 = in.get(2);
    middleDown = new CrossStageBlock(parameters.at(12), c5 + c4, c4, blocks, false, norm);
    fine = new CrossStageBlock(parameters.at(15), c4 + c3, c3, blocks, false, norm);
    fineToMiddle = new ConvolutionBlock(parameters.at(16), c3, c3, 3, 2, norm);
    middleUp = new CrossStageBlock(parameters.at(18), c3 + c4, c4, blocks, false, norm);
    middleToCoarse = new ConvolutionBlock(parameters.at(19), c4, c4, 3, 2, norm);
    coarse = new CrossStageBlock(parameters.at(21), c4 + c5, c5, blocks, false, norm);
  }

  @Override
  public List<Integer> channels() {
    return channels;
  }

  @Override
  public <T> List<T> apply(Operations<T> operations, List<T> maps) {
    T c5 = maps.get(2);
    T doubled5 = operations.doubled(c5);
    T m4 = middleDown.apply(operations, operations.concat(List.of(doubled5, maps.get(1))));
    T doubled4 = operations.doubled(m4);
    T p3 = fine.apply(operations, operations.concat(List.of(doubled4, maps.get(0))));
    T down3 = fineToMiddle.apply(operations, p3);
    T p4 = middleUp.apply(operations, operations.concat(List.of(down3, m4)));
    T down4 = middleToCoarse.apply(operations, p4);
    T p5 = coarse.apply(operations, operations.concat(List.of(down4, c5)));
    return List.of(p3, p4, p5);
  }
}
