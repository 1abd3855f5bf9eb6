package dev.lectern.bench.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.bench.LauncherSettings;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Training steps of a network in a process of PyTorch, one when asked. */
final class PythonSteps implements Steps, AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter asked;
  private final Path errors;
  private final Path outputs;
  private final Path traced;
  private final String version;

  /**
   * Starts it and waits until it has its weights.
   *
   * @param script {@code docker/bench/python/network_steps.py}
   * @param folder with {@code weights.safetensors} and {@code images}; the script writes there
   */
  PythonSteps(String python, Path script, Path folder, String network, int side, double rate)
      throws IOException {
    outputs = folder.resolve("outputs");
    traced = folder.resolve("traced.pt");
    errors = folder.resolve("errors.log");
    process =
        start(
            errors,
            python,
            script.toString(),
            "--network",
            network,
            "--weights",
            folder.resolve("weights.safetensors").toString(),
            "--images",
            folder.resolve("images").toString(),
            "--side",
            Integer.toString(side),
            "--rate",
            Double.toString(rate),
            "--outputs",
            outputs.toString(),
            "--script",
            traced.toString());
    answers = process.inputReader(StandardCharsets.UTF_8);
    asked = process.outputWriter(StandardCharsets.UTF_8);
    version = answer().get("torch").asText();
  }

  private JsonNode answer() throws IOException {
    return answer(answers, errors);
  }

  private static JsonNode answer(BufferedReader answers, Path errors) throws IOException {
    String line = answers.readLine();
    if (line == null) {
      List<String> lines = Files.readAllLines(errors);
      throw new UserMistakeException(
          "--script: ended: "
              + (lines.isEmpty() ? "no reason given" : lines.get(lines.size() - 1))
              + "; expected Python with torch and numpy (Debian: python3-torch)");
    }
    return JSON.readTree(line);
  }

  private static Process start(Path errors, String... command) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    LauncherSettings.removeFrom(builder);
    builder.environment().put("OMP_NUM_THREADS", "1");
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UserMistakeException(
          "--python " + command[0] + " cannot be run: " + e.getMessage(), e);
    }
  }

  /**
   * The networks that a script has.
   *
   * @param folder the script's errors go there
   */
  static List<String> networks(String python, Path script, Path folder) throws IOException {
    Path errors = folder.resolve("errors.log");
    Process process = start(errors, python, script.toString(), "--list");
    try (BufferedReader answers = process.inputReader(StandardCharsets.UTF_8)) {
      List<String> names = new ArrayList<>();
      answer(answers, errors).forEach(name -> names.add(name.asText()));
      return names;
    }
  }

  /** The version of PyTorch. */
  String version() {
    return version;
  }

  /** What the network gave on the images before the first step. */
  float[] outputs() throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(outputs)).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  /** The same network as TorchScript. */
  Path traced() {
    return traced;
  }

  @Override
  public Time step() throws IOException {
    asked.write("1\n");
    asked.flush();
    JsonNode took = answer();
    return new Time(took.get("cpuMs").get(0).asDouble(), took.get("ms").get(0).asDouble());
  }

  @Override
  public void close() throws IOException {
    asked.close();
    process.destroy();
  }
}
