package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Parameters;
import java.util.ArrayList;
import java.util.List;

/**
 * A 1x1 convolution per level that brings the student's feature channels to the teacher's. It
 * learns with the student and is thrown away after training.
 */
final class ChannelAdapter {
  private final List<Convolution> levels = new ArrayList<>();
  private final Parameters parameters;

  /**
   * @param in channels of the student
   * @param out channels of the teacher, per level
   * @param manager owns the weights
   */
  ChannelAdapter(int in, List<Integer> out, NDManager manager, long seed) {
    ParameterBuilder builder = new ParameterBuilder(manager, seed, List.of());
    for (int l = 0; l < out.size(); l++) {
      Parameter weight = builder.kaimingNormal("adapter." + l + ".weight", out.get(l), in, 1, 1);
      Parameter bias = builder.constant("adapter." + l + ".bias", 0, out.get(l));
      levels.add(new Convolution(weight, bias, 1));
    }
    parameters = builder.build();
  }

  /** Maps (N, in, H, W) become (N, out, H, W). */
  List<NDArray> apply(List<NDArray> features) {
    EagerOperations operations = new EagerOperations(Mode.TRAIN);
    List<NDArray> adapted = new ArrayList<>();
    for (int l = 0; l < levels.size(); l++) {
      adapted.add(levels.get(l).apply(operations, features.get(l)));
    }
    return adapted;
  }

  Parameters parameters() {
    return parameters;
  }
}
