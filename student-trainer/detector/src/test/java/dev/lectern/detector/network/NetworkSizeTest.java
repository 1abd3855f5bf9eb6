package dev.lectern.detector.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.Presets;
import dev.lectern.detector.backbone.Backbone;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Learnable parameters, frozen ones included, and multiply-adds of full-size networks: those of the
 * reference implementations, counted by executing them.
 */
class NetworkSizeTest {

  /**
   * @param preset names the network
   * @param parameters counted to the unit
   * @param height pixels
   * @param width pixels
   * @param billions of multiply-adds, rounded to three places
   */
  @ParameterizedTest
  @CsvFileSource(resources = "/network-sizes.csv", useHeadersInDisplayName = true)
  void detectorsAreTheSizeOfTheReference(
      String preset, long parameters, int height, int width, double billions) {
    DetectorSpec spec = DetectorSpec.parse("{preset: " + preset + ", classes: 80}", preset);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        NativeDetector detector = new NativeDetector(spec, manager, 0)) {
      CountingOperations counted = new CountingOperations();

      detector.apply(counted, new CountingOperations.Size(3, height, width));

      assertThat(learnable(detector.parameters())).isEqualTo(parameters);
      long all = counted.multiplyAdds() + secondStage(detector.parameters());
      assertThat(String.format(Locale.ROOT, "%.3f", all / 1e9))
          .isEqualTo(String.format(Locale.ROOT, "%.3f", billions));
    }
  }

  /** Multiply-adds of the layers that look at boxes, for 1000 of them. */
  private static long secondStage(Iterable<Parameter> parameters) {
    long count = 0;
    for (Parameter parameter : parameters) {
      boolean isLinear = parameter.shape().dimension() == 2;
      count += parameter.name().startsWith("roi_head.") && isLinear ? parameter.shape().size() : 0;
    }
    return 1000 * count;
  }

  @ParameterizedTest
  @MethodSource("families")
  void everyFamilyIsCounted(Family family) throws IOException {
    try (InputStream in = NetworkSizeTest.class.getResourceAsStream("/network-sizes.csv")) {
      String table = new String(in.readAllBytes(), StandardCharsets.UTF_8);

      assertThat(Presets.names())
          .as("presets of " + family.name())
          .anyMatch(name -> name.startsWith(family.name()) && table.contains("\n" + name + ","));
    }
  }

  static Stream<Family> families() {
    return Families.ALL.stream();
  }

  /** Without their classifiers, which detectors do not have. */
  @ParameterizedTest
  @CsvFileSource(resources = "/backbone-sizes.csv", useHeadersInDisplayName = true)
  void backbonesAreTheSizeOfTheReference(
      String name, long parameters, long classifier, double billions) {
    DetectorSpec spec = DetectorSpec.parse("{classes: 1, backbone: {name: " + name + "}}", name);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      ParameterBuilder builder = new ParameterBuilder(manager, 0, List.of());
      Backbone backbone = spec.backbone().create(builder);
      CountingOperations counted = new CountingOperations();

      backbone.apply(counted, new CountingOperations.Size(3, 224, 224));

      assertThat(learnable(builder.build())).isEqualTo(parameters - classifier - 1000);
      assertThat(String.format(Locale.ROOT, "%.3f", (counted.multiplyAdds() + classifier) / 1e9))
          .isEqualTo(String.format(Locale.ROOT, "%.3f", billions));
    }
  }

  private static long learnable(Iterable<Parameter> parameters) {
    long count = 0;
    for (Parameter parameter : parameters) {
      count += parameter.role() == Parameter.Role.STATISTIC ? 0 : parameter.shape().size();
    }
    return count;
  }
}
