package dev.lectern.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.Option;

/** Where a role's settings come from besides its own options. */
final class SettingOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE.yaml",
      description = "Settings of this role; options on the command line win over it.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "One setting; wins over --config. A dot in KEY goes one level down. Repeatable.")
  private List<String> set = new ArrayList<>();

  /** Null where not given. */
  Path config() {
    return config;
  }

  List<String> set() {
    return set;
  }
}
