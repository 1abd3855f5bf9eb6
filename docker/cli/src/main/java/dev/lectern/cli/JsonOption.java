package dev.lectern.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.lectern.schemas.config.ConfigLoader;
import picocli.CommandLine.Option;

/** Whether a command writes its result as JSON. */
final class JsonOption {
  @Option(names = "--json", description = "Write JSON on standard output.")
  private boolean json;

  boolean json() {
    return json;
  }

  /** A result as one line of JSON, keys in kebab-case. */
  static String text(Object result) {
    try {
      return ConfigLoader.json().writeValueAsString(result);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("no JSON: " + result, e);
    }
  }
}
