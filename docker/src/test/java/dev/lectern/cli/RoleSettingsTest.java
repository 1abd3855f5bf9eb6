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

  record Role(
      String bootstrapServers,
      Map<String, String> kafka,
      String name,
      Integer batchSize,
      Device device,
      List<String> kinds,
      Path model) {}

  @Command(name = "role")
  static final class RoleCommand implements Callable<Integer> {
    @Spec CommandSpec spec;
    @Mixin ConnectionOptions connection;
    @Mixin SettingOptions settings;

    @ArgGroup(exclusive = false)
    Settings own;

    Role bound;

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
      bound = RoleSettings.bind(spec, connection, settings, Role.class);
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
            "1");

    assertThat(role.name()).isEqualTo("1");
    assertThat(role.batchSize()).isEqualTo(2);
    assertThat(role.device()).isEqualTo(Device.CPU);
  }

  @Test
  void optionsKeepTheirTypes() {
    Role role =
        bind("--device", "CUDA", "--kinds", "a,b", "--model", "a model.onnx", "--batch-size", "3");

    assertThat(role)
        .isEqualTo(
            new Role(null, null, null, 3, Device.CUDA, List.of("a", "b"), Path.of("a model.onnx")));
  }

  @Test
  void kafkaPropertiesKeepTheirDots() {
    Role role =
        bind(
            "--bootstrap-servers",
            "a:1,b:2",
            "--kafka",
            "security.protocol=SSL",
            "--set",
            "kafka.ssl.protocol=TLSv1.3");

    assertThat(role.bootstrapServers()).isEqualTo("a:1,b:2");
    assertThat(role.kafka())
        .isEqualTo(Map.of("security.protocol", "SSL", "ssl.protocol", "TLSv1.3"));
  }

  @Test
  void anUnknownKeyNamesTheNearestOne() {
    RoleCommand command = new RoleCommand();
    CommandLine line = new CommandLine(command);
    line.parseArgs("--set", "batch-sise=2");

    assertThatThrownBy(command::call)
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("unknown key 'batch-sise' (did you mean 'batch-size'?)");
  }

  @Test
  void secretsAreMaskedInTheLog() {
    Role role =
        new Role(
            "b:1",
            Map.of(
                "sasl.jaas.config", "user and secret", "ssl.keystore.password", "p", "acks", "all"),
            "n",
            1,
            Device.CPU,
            List.of("a"),
            null);

    assertThat(RoleSettings.describe(role))
        .isEqualTo(
            "batch-size=1 bootstrap-servers=b:1 device=CPU kafka.acks=all kafka.sasl.jaas.config=***"
                + " kafka.ssl.keystore.password=*** kinds=[\"a\"] name=n");
  }

  private static Role bind(String... arguments) {
    RoleCommand command = new RoleCommand();
    CommandLine line = new CommandLine(command);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.parseArgs(arguments);
    command.call();
    return command.bound;
  }
}
