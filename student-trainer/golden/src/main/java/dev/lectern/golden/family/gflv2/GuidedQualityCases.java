package dev.lectern.golden.family.gflv2;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.family.gflv2.DistributionGuidedQuality;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.EdgeStatistics;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.golden.CaseResult;
import dev.lectern.golden.CaseRunner;
import dev.lectern.golden.GoldenCase;
import java.util.Map;

/** The quality that GFLv2 reads from distributions. */
public final class GuidedQualityCases {
  private GuidedQualityCases() {}

  /** Runner of each method id. */
  public static Map<String, CaseRunner> runners() {
    return Map.of("gflv2_dgqp", GuidedQualityCases::quality);
  }

  private static CaseResult quality(GoldenCase golden) {
    DistributionGuidedQuality head =
        new DistributionGuidedQuality(
            golden.integer("reg_max") + 1,
            golden.integer("reg_topk"),
            golden.flag("add_mean") ? EdgeStatistics.TOP_AND_MEAN : EdgeStatistics.TOP,
            convolution(golden, "w1", "b1"),
            convolution(golden, "w2", "b2"));
    EagerOperations operations = new EagerOperations(Mode.TRAIN);
    NDArray quality = head.apply(operations, golden.tensor("box"));
    NDArray score = operations.product(operations.sigmoid(golden.tensor("cls")), quality);
    return CaseResult.loss(score.mul(golden.tensor("probe")).sum()).floats("score", score);
  }

  private static Convolution convolution(GoldenCase golden, String weight, String bias) {
    return new Convolution(parameter(golden, weight), parameter(golden, bias), 1);
  }

  private static Parameter parameter(GoldenCase golden, String name) {
    Parameter.Role role =
        golden.isDifferentiable(name) ? Parameter.Role.LEARNED : Parameter.Role.FROZEN;
    return new Parameter(name, golden.tensor(name), role);
  }
}
