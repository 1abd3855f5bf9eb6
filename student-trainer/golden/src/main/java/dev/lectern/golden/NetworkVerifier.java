package dev.lectern.golden;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares a network of ours with what a network case expects.
 *
 * <p>What is expected was computed in float64. Where an activation lies closer to a kink (of a
 * ReLU, of bilinear sampling) than float32 is exact, the gradient is that of one side or of the
 * other, by chance. So where gradients alone differ, images that are moved by a rounding must give
 * the expected ones, all of them at once.
 */
final class NetworkVerifier {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkVerifier.class);

  /** How often the images are moved. */
  private static final int ROUNDINGS = 8;

  private static final String GRADIENT = "gradient of ";

  private NetworkVerifier() {}

  /**
   * Runs one case.
   *
   * @return one line per difference
   */
  static List<String> differences(
      Path directory, JsonNode description, NetworkRunner runner, String engine)
      throws IOException {
    JsonNode of = description.get("expected").path("gradient_norms").path("of");
    if (!of.isMissingNode() && !of.asText().equals("loss")) {
      throw new IllegalArgumentException(
          "expected.gradient_norms.of: found " + of + ", expected loss");
    }
    List<String> found = differences(directory, description, runner, engine, 0);
    boolean gradientsAlone = found.stream().allMatch(line -> line.startsWith(GRADIENT));
    for (int rounding = 1;
        rounding <= ROUNDINGS && gradientsAlone && !found.isEmpty();
        rounding++) {
      if (differences(directory, description, runner, engine, rounding).isEmpty()) {
        LOG.info(
            "{}: {} gradients lie at a kink; they are as expected once the images are moved by a rounding",
            directory.getFileName(),
            found.size());
        return List.of();
      }
    }
    return found;
  }

  private static List<String> differences(
      Path directory, JsonNode description, NetworkRunner runner, String engine, long rounding)
      throws IOException {
    try (NDManager manager = NDManager.newBaseManager(engine)) {
      List<String> found = new ArrayList<>();
      NetworkResult result = runner.run(new NetworkCase(directory, description, manager, rounding));
      Comparison.values(directory, description.get("expected"), result.values(), found);
      gradients(description.get("expected").path("gradient_norms"), result, found);
      return found;
    }
  }

  private static void gradients(JsonNode expected, NetworkResult result, List<String> found) {
    Map<String, Double> norms = result.gradientNorms();
    Map<String, Double> squares = new LinkedHashMap<>();
    norms.forEach((name, norm) -> squares.merge(group(name), norm * norm, Double::sum));
    for (Map.Entry<String, JsonNode> entry : expected.path("parameters").properties()) {
      compare(GRADIENT + entry.getKey(), norms.get(entry.getKey()), entry.getValue(), found);
    }
    for (Map.Entry<String, JsonNode> entry : expected.path("groups").properties()) {
      Double sum = squares.get(entry.getKey());
      compare(
          GRADIENT + "the group " + entry.getKey(),
          sum == null ? null : Math.sqrt(sum),
          entry.getValue(),
          found);
    }
  }

  /** The first two words of a parameter's name. */
  private static String group(String name) {
    String[] words = name.split("\\.");
    return words.length < 2 ? name : words[0] + "." + words[1];
  }

  private static void compare(String name, Double norm, JsonNode expected, List<String> found) {
    if (expected.get("value").isNull()) {
      boolean frozen = expected.path("frozen").asBoolean();
      if (norm != null && (frozen || norm != 0)) {
        found.add(name + " is there, expected none");
      }
      return;
    }
    float[] actual = norm == null ? new float[0] : new float[] {norm.floatValue()};
    double[] wanted = {expected.get("value").asDouble()};
    Comparison.of(name, actual, wanted, expected.get("tol_abs").asDouble(), found);
  }
}
