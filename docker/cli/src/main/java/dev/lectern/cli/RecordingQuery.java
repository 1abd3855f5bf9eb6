package dev.lectern.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.record.RecordingManifest;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command about recordings: reaches the broker, does its work, says what came of it. */
abstract class RecordingQuery implements Callable<Integer> {
  private static final JsonMapper JSON = new JsonMapper();

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connection;

  /**
   * Does the work.
   *
   * @param kafka client properties of a broker that has answered
   * @return the exit code
   */
  abstract int run(Map<String, Object> kafka, PrintWriter out) throws Exception;

  /** Refuses arguments that no broker is needed to refuse. */
  void check() {}

  @Override
  public Integer call() throws Exception {
    check();
    Map<String, Object> kafka = connection.clientProperties();
    BrokerCheck.answers(kafka);
    PrintWriter out = spec.commandLine().getOut();
    int exitCode = run(kafka, out);
    out.flush();
    return exitCode;
  }

  /** The manifest of a recording that must exist. */
  static RecordingManifest required(Map<String, Object> kafka, String name) {
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      return manifests.requireRecording(name);
    }
  }

  static String bytes(long size) {
    return size < 1_000_000
        ? String.format(Locale.ROOT, "%.1f kB", size / 1e3)
        : String.format(Locale.ROOT, "%.1f MB", size / 1e6);
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not JSON: " + value, e);
    }
  }
}
