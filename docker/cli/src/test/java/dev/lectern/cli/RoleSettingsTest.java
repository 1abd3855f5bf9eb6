package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

class RoleSettingsTest {
  enum Device {
    CPU,
    CUDA
  }

  record Role(String name, Integer batchSize, Device device, List<String> kinds, Path model) {}

  @Command(name = "example")
  static final class ExampleCommand implements Callable<Integer> {
    @Spec CommandSpec spec;
    @Mixin ConnectionOptions connection;
    @Mixin SettingOptions settings;

    @ArgGroup(exclusive = false)
    Settings own;

    RoleSettings<Role> bound;

    static final class Settings {
      @Option(names = "--name")
      String name;

      @Option(names = "--batch-size")
      Integer batchSize;

      @Option(names = "--device")
      Device device;

      @Option(names = "--kinds", split = ",")
      List<String> kinds;

      @Option(names = "--model")
      Path model;
    }

    @Override
    public Integer call() {
      bound = RoleSettings.bind(spec, connection, settings, List.of(), Role.class);
      return 0;
    }
  }

  @TempDir Path dir;

  @Test
  void optionsWinOverSetAndSetWinsOverTheFile() throws Exception {
    Path file = dir.resolve("role.yaml");
    Files.writeString(file, "name: file\nbatch-size: 1\ndevice: cpu\n");

    Role role =
        bind(
                "--config",
                file.toString(),
                "--set",
                "batch-size=2",
                "--set",
                "name=set",
                "--name",
                "1")
            .config();

    assertThat(role.name()).isEqualTo("1");
    assertThat(role.batchSize()).isEqualTo(2);
    assertThat(role.device()).isEqualTo(Device.CPU);
  }

  @Test
  void optionsKeepTheirTypes() {
    Role role =
        bind("--device", "CUDA", "--kinds", "a,b", "--model", "a model.onnx", "--batch-size", "3")
            .config();

    assertThat(role)
        .isEqualTo(new Role(null, 3, Device.CUDA, List.of("a", "b"), Path.of("a model.onnx")));
  }

  @Test
  void filesInAFileAreRelativeToItAndThoseOfOptionsToTheWorkingDirectory() throws Exception {
    Path file = Files.writeString(dir.resolve("role.yaml"), "model: models/a.onnx\n");

    assertThat(bind("--config", file.toString()).config().model())
        .isEqualTo(dir.resolve("models/a.onnx"));
    assertThat(bind("--config", file.toString(), "--model", "b.onnx").config().model())
        .isEqualTo(Path.of("b.onnx"));
  }

  @Test
  void kafkaPropertiesKeepTheirDots() {
    RoleSettings<Role> role =
        bind(
            "--bootstrap-servers",
            "a:1,b:2",
            "--kafka",
            "security.protocol=SSL",
            "--set",
            "kafka.ssl.protocol=TLSv1.3");

    assertThat(role.kafka())
        .isEqualTo(
            Map.of(
                "bootstrap.servers", "a:1,b:2",
                "security.protocol", "SSL",
                "ssl.protocol", "TLSv1.3"));
  }

  @Test
  void theConnectionMayStandInTheFile() throws Exception {
    Path file = dir.resolve("role.yaml");
    Files.writeString(file, "bootstrap-servers: [a:1, b:2]\nkafka:\n  acks: all\n");

    RoleSettings<Role> role = bind("--config", file.toString());

    assertThat(role.kafka()).isEqualTo(Map.of("bootstrap.servers", "a:1,b:2", "acks", "all"));
  }

  @Test
  void anUnknownKeyNamesTheNearestOne() {
    ExampleCommand command = new ExampleCommand();
    CommandLine line = new CommandLine(command);
    line.parseArgs("--set", "batch-sise=2");

    assertThatThrownBy(command::call)
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("unknown key 'batch-sise' (did you mean 'batch-size'?)");
  }

  @Test
  void secretsAreMaskedInTheLog() {
    Role role = new Role("n", 1, Device.CPU, List.of("a"), null);
    Map<String, Object> kafka =
        Map.of(
            "sasl.jaas.config", "user and secret",
            "ssl.keystore.password", "p",
            "acks", "all",
            "sasl.jaas.conifg", "misspelt",
            "a-password-that-slipped", "");

    assertThat(RoleSettings.describe(role, kafka))
        .isEqualTo(
            "batch-size=1 device=CPU kafka.acks=all kafka.sasl.jaas.config=***"
                + " kafka.sasl.jaas.conifg=*** kafka.ssl.keystore.password=*** kinds=[\"a\"] name=n"
                + " other Kafka properties=1");
  }

  private static RoleSettings<Role> bind(String... arguments) {
    ExampleCommand command = new ExampleCommand();
    CommandLine line = new CommandLine(command);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.parseArgs(arguments);
    command.call();
    return command.bound;
  }
}
