package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A broker of its own, and the commands that are given to it. */
public final class Site implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final TestBroker broker;
  private final List<String> options;

  /**
   * @param folder for the broker's data and the ledger's state
   */
  public Site(Path folder) {
    this(folder, Map.of());
  }

  /**
   * @param settings of the broker
   */
  public Site(Path folder, Map<String, String> settings) {
    this(folder, TestBroker.start(folder.resolve("broker"), settings), List.of());
  }

  private Site(Path folder, TestBroker broker, List<String> options) {
    this.folder = folder;
    this.broker = broker;
    this.options = options;
  }

  /** The same broker, for commands with further options. */
  public Site with(String... further) {
    return new Site(folder, broker, List.of(further));
  }

  public Map<String, Object> kafka() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  public CommandRun run(String... arguments) {
    return CommandRun.of(connected(List.of(arguments)));
  }

  /** A command that must succeed. */
  public CommandRun done(String... arguments) {
    CommandRun run = run(arguments);
    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
    return run;
  }

  /** A command in a process of its own. */
  public Child start(String... arguments) throws IOException {
    return Child.start(folder, connected(List.of(arguments)));
  }

  public JsonNode describe(String recording) throws IOException {
    return JSON.readTree(done("recordings", "describe", recording, "--json").out());
  }

  /** Publishes pictures with COCO annotations. */
  public void publish(String dataset, Path annotations, Path images, int side) {
    done(
        "publish",
        "--name",
        dataset,
        "--format",
        "coco",
        "--annotations",
        annotations.toString(),
        "--images",
        images.toString(),
        "--size",
        side + "x" + side);
  }

  /**
   * Records a dataset with one worker here and a ledger in a process of its own.
   *
   * @param teacher its files without their endings, or a student as its run saved it
   * @param more arguments of the worker
   */
  public void record(String dataset, String recording, Path teacher, String... more)
      throws Exception {
    String[] ledgerArguments = {
      "ledger",
      "--recording",
      recording,
      "--state-dir",
      folder.resolve("state").toString(),
      "--until-sealed"
    };
    List<String> model =
        teacher.toString().endsWith(".safetensors")
            ? List.of("--model", teacher.toString())
            : List.of("--teacher", teacher + ".yaml", "--model", teacher + ".onnx");
    List<String> teach =
        List.of(
            "teach",
            "--dataset",
            dataset,
            "--recording",
            recording,
            "--threads",
            "1",
            "--until-sealed");
    try (Child ledger = start(ledgerArguments)) {
      done(
          Stream.of(teach.stream(), model.stream(), Stream.of(more))
              .flatMap(words -> words)
              .toArray(String[]::new));
      assertThat(ledger.await()).as(ledger.output()).isZero();
    }
  }

  private String[] connected(List<String> arguments) {
    List<String> words = new ArrayList<>(arguments);
    words.addAll(List.of("--bootstrap-servers", broker.bootstrapServers()));
    words.addAll(options);
    return words.toArray(String[]::new);
  }

  @Override
  public void close() {
    broker.close();
  }
}
