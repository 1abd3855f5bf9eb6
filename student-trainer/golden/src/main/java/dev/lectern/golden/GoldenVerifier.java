package dev.lectern.golden;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Runs every golden case of a folder and compares values, tensors and gradients with what is
 * expected: cases of one method, and whole networks ({@code kind: network}).
 *
 * <p>The folder holds one directory per case with a {@code case.json} and the arrays that it names.
 * A number passes when it differs from the expected one by at most its tolerance; integers must be
 * equal. Gradient recording is switched on for the calling thread while cases run.
 */
public final class GoldenVerifier {
  private static final String ENGINE = "PyTorch";
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Map<String, NetworkRunner> NETWORKS = NetworkRunners.all();

  private final Map<String, CaseRunner> runners;

  /**
   * @param runners by method id, as {@link CaseRunners#all()}
   */
  public GoldenVerifier(Map<String, CaseRunner> runners) {
    this.runners = Map.copyOf(runners);
  }

  /**
   * Outcome of a folder.
   *
   * @param passed cases without any difference above tolerance
   * @param failures what was wrong, by case id, one line per difference; cases sorted by id
   */
  public record Summary(int passed, Map<String, List<String>> failures) {
    /** Number of cases that failed. */
    public int failed() {
      return failures.size();
    }

    /** Whether every case passed and there was at least one. */
    public boolean isClean() {
      return failures.isEmpty() && passed > 0;
    }
  }

  /**
   * Verifies all methods with the losses of this module.
   *
   * @param folder holds one directory per case
   * @param methods method ids to run; empty for all
   * @param out receives a line per difference and, last, {@code N passed, N failed}
   * @throws IOException if the folder or a {@code case.json} cannot be read; a case that cannot be
   *     run has failed
   */
  public static Summary verify(Path folder, Set<String> methods, PrintWriter out)
      throws IOException {
    return new GoldenVerifier(CaseRunners.all()).run(folder, methods, out);
  }

  /** Runs the cases of a folder; see {@link #verify}. */
  public Summary run(Path folder, Set<String> methods, PrintWriter out) throws IOException {
    int passed = 0;
    int skipped = 0;
    Map<String, List<String>> failures = new TreeMap<>();
    for (Path directory : cases(folder)) {
      JsonNode description = description(directory);
      if (!methods.isEmpty() && !methods.contains(description.path("method").asText())) {
        continue;
      }
      Optional<String> skip = reasonToSkip(description);
      if (skip.isPresent()) {
        skipped++;
        out.println(directory.getFileName() + ": skipped, " + skip.get());
        continue;
      }
      List<String> differences = differences(directory, description);
      if (differences.isEmpty()) {
        passed++;
        continue;
      }
      String id = directory.getFileName().toString();
      failures.put(id, differences);
      differences.forEach(difference -> out.println(id + ": " + difference));
    }
    out.println(
        passed
            + " passed, "
            + failures.size()
            + " failed"
            + (skipped == 0 ? "" : ", " + skipped + " skipped"));
    out.flush();
    return new Summary(passed, failures);
  }

  /** The cases of a folder, sorted by id. */
  static List<Path> cases(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> Files.isRegularFile(entry.resolve("case.json")))
          .sorted()
          .toList();
    }
  }

  private static boolean isNetwork(JsonNode description) {
    return description.path("kind").asText().equals("network");
  }

  private static String family(JsonNode description) {
    return description.path("family").asText();
  }

  /** Why a case is left out; empty if it is run. */
  static Optional<String> reasonToSkip(Path directory) throws IOException {
    return reasonToSkip(description(directory));
  }

  private static Optional<String> reasonToSkip(JsonNode description) {
    return isNetwork(description) && !NETWORKS.containsKey(family(description))
        ? Optional.of(family(description) + " is not a family of this version")
        : Optional.empty();
  }

  private static JsonNode description(Path directory) throws IOException {
    return JSON.readTree(directory.resolve("case.json").toFile());
  }

  /**
   * Runs one case.
   *
   * @return one line per difference
   * @throws IOException if its {@code case.json} cannot be read
   */
  List<String> differences(Path directory) throws IOException {
    return differences(directory, description(directory));
  }

  private List<String> differences(Path directory, JsonNode description) {
    boolean isNetwork = isNetwork(description);
    String method = description.path("method").asText();
    CaseRunner runner = runners.get(method);
    if (runner == null && !isNetwork) {
      return List.of("method " + method + " is not implemented");
    }
    Engine.getEngine(ENGINE); // loads the natives that the gradient switch needs
    boolean gradMode = JniUtils.isGradMode();
    JniUtils.setGradMode(true);
    try {
      if (isNetwork) {
        return NetworkVerifier.differences(
            directory, description, NETWORKS.get(family(description)), ENGINE);
      }
      Map<String, NpyFile> inputs = inputs(directory, description);
      List<String> found = new ArrayList<>();
      compareValues(directory, description, inputs, runner, found);
      compareGradients(directory, description, inputs, runner, found);
      return found;
    } catch (IOException | RuntimeException e) { // whatever one case does, the others count
      return List.of(e.toString());
    } finally {
      JniUtils.setGradMode(gradMode);
    }
  }

  private static Map<String, NpyFile> inputs(Path directory, JsonNode description)
      throws IOException {
    Map<String, NpyFile> inputs = new HashMap<>();
    for (Map.Entry<String, JsonNode> input : description.get("inputs").properties()) {
      inputs.put(
          input.getKey(), NpyFile.read(directory.resolve(input.getValue().get("file").asText())));
    }
    return inputs;
  }

  private static void compareValues(
      Path directory,
      JsonNode description,
      Map<String, NpyFile> inputs,
      CaseRunner runner,
      List<String> found)
      throws IOException {
    try (NDManager manager = NDManager.newBaseManager(ENGINE)) {
      CaseResult result = runner.run(new GoldenCase(description, inputs, manager));
      Comparison.values(directory, description.get("expected"), result, found);
    }
  }

  private static void compareGradients(
      Path directory,
      JsonNode description,
      Map<String, NpyFile> inputs,
      CaseRunner runner,
      List<String> found)
      throws IOException {
    Map<List<String>, Map<String, JsonNode>> byObjective = new HashMap<>();
    for (Map.Entry<String, JsonNode> gradient :
        description.get("expected").path("gradients").properties()) {
      byObjective
          .computeIfAbsent(objective(gradient.getValue().get("of")), of -> new TreeMap<>())
          .put(gradient.getKey(), gradient.getValue());
    }
    for (Map.Entry<List<String>, Map<String, JsonNode>> entry : byObjective.entrySet()) {
      // A pass of its own: backward frees the graph and adds to the gradients that are there.
      try (NDManager manager = NDManager.newBaseManager(ENGINE)) {
        GoldenCase golden = new GoldenCase(description, inputs, manager);
        backward(runner.run(golden), entry.getKey());
        for (Map.Entry<String, JsonNode> gradient : entry.getValue().entrySet()) {
          JsonNode node = gradient.getValue();
          NpyFile wanted = NpyFile.read(directory.resolve(node.get("file").asText()));
          float[] actual = gradientOf(golden.tensor(node.get("wrt").asText()));
          double tolerance = node.get("tol_abs").asDouble();
          Comparison.of(
              gradient.getKey(), actual, Comparison.doubles(wanted.floats()), tolerance, found);
        }
      }
    }
  }

  private static List<String> objective(JsonNode of) {
    return of.isArray()
        ? StreamSupport.stream(of.spliterator(), false).map(JsonNode::asText).toList()
        : List.of(of.asText());
  }

  private static void backward(CaseResult result, List<String> objective) {
    NDArray sum = null;
    for (String name : objective) {
      NDArray value = result.scalars().get(name);
      if (value == null) {
        throw new IllegalArgumentException("no scalar " + name + " to differentiate");
      }
      sum = sum == null ? value : sum.add(value);
    }
    JniUtils.backward((PtNDArray) sum, (PtNDArray) sum.onesLike(), false, false);
  }

  /** The collected gradient; zeros where the objective does not depend on the input. */
  private static float[] gradientOf(NDArray input) {
    NDArray gradient = input.size() == 0 ? null : input.getGradient();
    return gradient == null ? new float[(int) input.size()] : gradient.toFloatArray();
  }
}
