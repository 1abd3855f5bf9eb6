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
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Runs every golden case of a folder and compares values, tensors and gradients with what is
 * expected.
 *
 * <p>The folder holds one directory per case with a {@code case.json} and the arrays that it names.
 * A number passes when it differs from the expected one by at most its tolerance; integers must be
 * equal. Gradient recording is switched on for the calling thread while cases run.
 */
public final class GoldenVerifier {
  private static final String ENGINE = "PyTorch";
  private static final ObjectMapper JSON = new ObjectMapper();

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
    Map<String, List<String>> failures = new TreeMap<>();
    for (Path directory : cases(folder)) {
      JsonNode description = description(directory);
      if (!methods.isEmpty() && !methods.contains(description.path("method").asText())) {
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
    out.println(passed + " passed, " + failures.size() + " failed");
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
    String method = description.path("method").asText();
    CaseRunner runner = runners.get(method);
    if (runner == null) {
      return List.of("method " + method + " is not implemented");
    }
    Engine.getEngine(ENGINE); // loads the natives that the gradient switch needs
    boolean gradMode = JniUtils.isGradMode();
    JniUtils.setGradMode(true);
    try {
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
      Answer answer = runner.answer(new GoldenCase(description, inputs, manager));
      JsonNode expected = description.get("expected");
      for (Map.Entry<String, JsonNode> scalar : expected.path("scalars").properties()) {
        NDArray actual = answer.scalars().get(scalar.getKey());
        double wanted = scalar.getValue().get("value").asDouble();
        double tolerance = scalar.getValue().get("tol_abs").asDouble();
        float[] values = actual == null ? new float[0] : actual.toFloatArray();
        compare(scalar.getKey(), values, new double[] {wanted}, tolerance, found);
      }
      for (Map.Entry<String, JsonNode> tensor : expected.path("tensors").properties()) {
        String name = tensor.getKey();
        NpyFile wanted = NpyFile.read(directory.resolve(tensor.getValue().get("file").asText()));
        if (tensor.getValue().get("dtype").asText().equals("int64")) {
          compareIntegers(
              name, answer.longs().getOrDefault(name, new long[0]), wanted.longs(), found);
        } else {
          float[] actual = answer.floats().getOrDefault(name, new float[0]);
          double tolerance = tensor.getValue().get("tol_abs").asDouble();
          compare(name, actual, doubles(wanted.floats()), tolerance, found);
        }
      }
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
        GoldenCase question = new GoldenCase(description, inputs, manager);
        backward(runner.answer(question), entry.getKey());
        for (Map.Entry<String, JsonNode> gradient : entry.getValue().entrySet()) {
          JsonNode node = gradient.getValue();
          NpyFile wanted = NpyFile.read(directory.resolve(node.get("file").asText()));
          float[] actual = gradientOf(question.tensor(node.get("wrt").asText()));
          double tolerance = node.get("tol_abs").asDouble();
          compare(gradient.getKey(), actual, doubles(wanted.floats()), tolerance, found);
        }
      }
    }
  }

  private static List<String> objective(JsonNode of) {
    return of.isArray()
        ? StreamSupport.stream(of.spliterator(), false).map(JsonNode::asText).toList()
        : List.of(of.asText());
  }

  private static void backward(Answer answer, List<String> objective) {
    NDArray sum = null;
    for (String name : objective) {
      NDArray value = answer.scalars().get(name);
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

  private static void compare(
      String name, float[] actual, double[] wanted, double tolerance, List<String> found) {
    if (actual.length != wanted.length) {
      found.add(name + " has " + actual.length + " elements, expected " + wanted.length);
      return;
    }
    double worst = 0;
    int at = 0;
    for (int i = 0; i < wanted.length; i++) {
      double error = Math.abs(actual[i] - wanted[i]);
      if (!(error <= worst)) {
        worst = error;
        at = i;
      }
    }
    if (!(worst <= tolerance)) {
      found.add(
          String.format(
              Locale.ROOT,
              "%s error %.3g, tolerance %.3g (element %d is %.8g, expected %.8g)",
              name,
              worst,
              tolerance,
              at,
              actual[at],
              wanted[at]));
    }
  }

  private static void compareIntegers(
      String name, long[] actual, long[] wanted, List<String> found) {
    if (actual.length != wanted.length) {
      found.add(name + " has " + actual.length + " elements, expected " + wanted.length);
      return;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (actual[i] != wanted[i]) {
        found.add(name + " differs: element " + i + " is " + actual[i] + ", expected " + wanted[i]);
        return;
      }
    }
  }

  private static double[] doubles(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
